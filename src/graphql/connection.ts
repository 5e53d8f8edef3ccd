import type { Page, PageRequest } from '../page.ts'

/** Relay's connection arguments as GraphQL hands them over. */
export type ConnectionArguments = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** @param toPosition reads a cursor; throws where it is none */
export function pageRequestOf<P>(args: ConnectionArguments, toPosition: (cursor: string) => P): PageRequest<P> {
  return {
    first: args.first,
    last: args.last,
    after: args.after == null ? null : toPosition(args.after),
    before: args.before == null ? null : toPosition(args.before),
  }
}

/** A page as a connection (Relay's Cursor Connections). */
export function connectionOf<T>(page: Page<T>, cursorOf: (item: T) => string) {
  const edges = page.items.map((node) => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** What a connection costs: its fields once for every item of the page asked for. */
export function pageComplexity(args: { first?: number | null; last?: number | null }) {
  return { field: 1, multiplier: Math.max(1, args.first ?? args.last ?? 20) }
}
