import type { ServerResponse } from 'node:http'
import { sql } from 'drizzle-orm'
import type { Database } from '../database/index.ts'
import { answerJson } from './answer.ts'

const READY_WITHIN_MS = 2000

/** `/healthz`: the process lives. */
export function answerHealth(response: ServerResponse): void {
  answerJson(response, 200, { status: 'ok' }, { 'cache-control': 'no-store' })
}

/** `/readyz`: the database answers, within two seconds. Migrations are in: nothing listens before they are. */
export async function answerReadiness(db: Database, response: ServerResponse): Promise<void> {
  const answered = db.execute(sql`select 1`).then(
    () => true,
    () => false,
  )
  const late = new Promise<false>((resolve) => setTimeout(resolve, READY_WITHIN_MS, false).unref())
  const ready = await Promise.race([answered, late])
  const body = ready ? { status: 'ready' } : { status: 'the database does not answer' }
  answerJson(response, ready ? 200 : 503, body, { 'cache-control': 'no-store' })
}
