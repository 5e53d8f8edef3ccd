import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'
import { rows } from './rows.ts'

/**
 * The instant of a mutation: the database's clock, cut to milliseconds, so that gateways whose clocks differ agree.
 * Read it under the row locks, once, and derive every time of the mutation from it.
 */
export async function databaseNow(tx: Database): Promise<Date> {
  const [row] = await rows<{ now: string }>(
    tx,
    sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
  )
  if (!row) throw new Error('The database did not tell the time.')
  return new Date(row.now)
}
