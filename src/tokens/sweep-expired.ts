import { type SQL, sql } from 'drizzle-orm'
import { type Database, inSweeper, revokedTokens, rows, usedAssertions } from '../database/index.ts'

const BATCH = 1000
/** One sweep stops here, so that it never takes the database for long; the next goes on. */
const MAX_BATCHES = 200
/**
 * Kept for so long after their end: a request that was looked at just before it, and then held up, must still find that
 * its assertion was used.
 */
const KEPT_AFTER = '10 minutes'

/**
 * Forgets used assertions and revoked tokens, of all accounts, that are refused for their age by now. In small
 * transactions, one after the other; any number of gateways may sweep at once.
 *
 * @returns how many were forgotten
 */
export async function sweepExpired(db: Database): Promise<{ assertions: number; tokens: number }> {
  return {
    assertions: await inBatches(db, deleteOver(usedAssertions)),
    tokens: await inBatches(db, deleteOver(revokedTokens)),
  }
}

/** By place: rows are locked in its order, so that two sweeps never wait for each other in a circle. */
function deleteOver(table: typeof usedAssertions | typeof revokedTokens): SQL {
  const over = sql`select ctid from ${table}
    where expires_at < clock_timestamp() - interval '${sql.raw(KEPT_AFTER)}' limit ${sql.raw(String(BATCH))}`
  return sql`delete from ${table} where ctid = any(array(${over})) returning 1 as one`
}

async function inBatches(db: Database, statement: SQL): Promise<number> {
  let total = 0
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const forgotten = await inSweeper(db, (tx) => rows(tx, statement))
    total += forgotten.length
    if (forgotten.length < BATCH) break
  }
  return total
}
