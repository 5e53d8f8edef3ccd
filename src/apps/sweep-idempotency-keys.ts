import { sql } from 'drizzle-orm'
import { type Database, inSweeper, rows } from '../database/index.ts'

const BATCH = 500
/** One sweep stops here, so that it never takes the database for long; the next goes on. */
const MAX_BATCHES = 40

/**
 * Forgets what idempotency keys have kept for long enough, of all accounts: sealed secrets older than 10 minutes, rows
 * older than 24 hours. In small transactions, one after the other; rows that somebody holds are left for the next time.
 * Any number of gateways may sweep at once.
 *
 * @returns how many secrets and rows were forgotten
 */
export async function sweepIdempotencyKeys(db: Database): Promise<{ secrets: number; rows: number }> {
  return {
    secrets: await inBatches(db, FORGET_SECRETS),
    rows: await inBatches(db, DELETE_ROWS),
  }
}

const FORGET_SECRETS = sql`
  update idempotency_keys set sealed_secret = null
  where ctid = any(array(
    select ctid from idempotency_keys
    where created_at <= clock_timestamp() - interval '10 minutes' and sealed_secret is not null
    limit ${sql.raw(String(BATCH))} for update skip locked))
  returning 1 as one`

const DELETE_ROWS = sql`
  delete from idempotency_keys
  where ctid = any(array(
    select ctid from idempotency_keys
    where created_at <= clock_timestamp() - interval '24 hours'
    limit ${sql.raw(String(BATCH))} for update skip locked))
  returning 1 as one`

async function inBatches(db: Database, statement: typeof FORGET_SECRETS): Promise<number> {
  let total = 0
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const done = await inSweeper(db, (tx) => rows(tx, statement))
    total += done.length
    if (done.length < BATCH) break
  }
  return total
}
