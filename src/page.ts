import { Fault } from './result.ts'

const DEFAULT_SIZE = 20
export const MAX_PAGE_SIZE = 100

/** Which part of a list is asked for, as Relay's connections have it. Positions are keys of rows (keyset), never offsets. */
export type PageRequest<Position> = {
  first?: number | null
  after?: Position | null
  last?: number | null
  before?: Position | null
}

/** A part of a list, in the list's own order whichever way it was walked. */
export type Page<T> = { items: T[]; hasNextPage: boolean; hasPreviousPage: boolean }

/** How many rows to read, and whether from the end backwards. */
export type Walk = { size: number; backwards: boolean }

/**
 * Neither `first` nor `last`: the first 20. 0 is an empty page.
 * @throws Fault BAD_USER_INPUT for both at once, a negative size, or one over 100
 */
export function walkOf(request: { first?: number | null; last?: number | null }): Walk {
  const { first, last } = request
  if (first != null && last != null) throw new Fault('BAD_USER_INPUT', 'Give first or last, not both.')
  const size = first ?? last ?? DEFAULT_SIZE
  if (size < 0 || size > MAX_PAGE_SIZE)
    throw new Fault('BAD_USER_INPUT', `A page has 0 to ${MAX_PAGE_SIZE} items: first or last is ${size}.`)
  return { size, backwards: last != null }
}

/**
 * Makes a page of what a query found.
 * @param found in the order walked, up to one row more than the page holds: that one says that the list goes on
 * @param bounded whether the walk began at a cursor, so that something lies on the other side of it
 */
export function pageOf<T>(found: T[], walk: Walk, bounded: boolean): Page<T> {
  const more = found.length > walk.size
  const items = found.slice(0, walk.size)
  return walk.backwards
    ? { items: items.reverse(), hasPreviousPage: more, hasNextPage: bounded }
    : { items, hasNextPage: more, hasPreviousPage: bounded }
}
