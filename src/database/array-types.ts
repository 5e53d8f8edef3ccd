import { makePgArray, parsePgArray } from 'drizzle-orm/pg-core'
import type { PostgresType } from 'postgres'

/** Built-in types, whose numbers are the same on every server (pg_type.dat). */
const TEXT_LIKE = { text: 1009, varchar: 1015, bigint: 1016, uuid: 2951 }
const NUMBERS = { smallint: 1005, integer: 1007 }

/** Drizzle writes the arrays of typed columns itself. */
const serialize = (array: unknown[] | string) => (typeof array === 'string' ? array : makePgArray(array))

/** Arrays in both directions; postgres.js would ask each server for their numbers. */
export const arrayTypes: Record<string, PostgresType> = {
  texts: {
    to: TEXT_LIKE.text,
    from: Object.values(TEXT_LIKE),
    serialize,
    parse: (text: string) => parsePgArray(text),
  },
  numbers: {
    to: NUMBERS.integer,
    from: Object.values(NUMBERS),
    serialize,
    parse: (text: string) => parsePgArray(text).map(Number),
  },
}
