import { type Database, readAccount } from '../database/index.ts'

/** How resolvers read: always within the caller's account. */
export type Reads = {
  read<T>(work: (tx: Database) => Promise<T>): Promise<T>
  /**
   * Ends the open transaction, does something that opens its own (a mutation, a look across accounts), and lets reads go
   * on after it: what they see then is later. On PGlite, which has one connection, anything else would wait for itself.
   */
  pause<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A GraphQL operation's reads in one transaction: it opens at the first and ends with the operation. */
export function operationReads(db: Database, accountId: string): Reads {
  let open: { tx: Promise<Database>; end(): Promise<void>; atWork: Set<Promise<unknown>> } | null = null
  let pausing: Promise<unknown> = Promise.resolve()

  const begin = () => {
    const { promise: ended, resolve: letEnd } = Promise.withResolvers<void>()
    const { promise: tx, resolve: begun, reject: failed } = Promise.withResolvers<Database>()
    const whole = readAccount(db, accountId, (inner) => {
      begun(inner)
      return ended
    })
    whole.catch(failed)
    const end = async () => {
      letEnd()
      await whole
    }
    return { tx, end, atWork: new Set<Promise<unknown>>() }
  }

  const close = async () => {
    const closing = open
    if (!closing) return
    await Promise.allSettled(closing.atWork)
    open = open === closing ? null : open
    await closing.end().catch(() => {}) // whoever read has been told already
  }

  return {
    async read(work) {
      for (let seen = null as unknown; seen !== pausing; ) {
        seen = pausing
        await seen
      }
      open ??= begin()
      const current = open
      const working = current.tx.then(work)
      current.atWork.add(working)
      return working.finally(() => current.atWork.delete(working))
    },
    pause(work) {
      const paused = pausing.then(close).then(work)
      pausing = paused.catch(() => {})
      return paused
    },
    close,
  }
}

/** For what lives long, a subscription: a transaction for each read, so that none stays open while it waits. */
export function singleReads(db: Database, accountId: string): Reads {
  return {
    read: (work) => readAccount(db, accountId, work),
    pause: (work) => work(),
    close: async () => {},
  }
}

/** For nobody: there is no account to read in. */
export const noReads: Reads = {
  read: () => Promise.reject(new Error('There is no account to read in.')),
  pause: (work) => work(),
  close: async () => {},
}
