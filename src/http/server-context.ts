import type { RequestContext } from '../graphql/context.ts'

/** What a transport hands over with a request. */
export type ServerContext = RequestContext & {
  feedCursor: string | null
  /**
   * Tells of a stream that stays open, so that it ends with the right to it.
   * @returns to be called at its own end; null where the account has as many as it may
   */
  watch(end: () => void): (() => void) | null
}
