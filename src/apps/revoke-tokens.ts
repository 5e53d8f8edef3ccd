import { and, eq, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'

/**
 * Ends every access token that the app has out there; its secrets go on. Tokens carry the generation that they were
 * issued in: counted up, it parts exactly what was issued before from what is issued after, whatever the clock says.
 * Event: TOKENS_REVOKED.
 *
 * @returns errors: NOT_FOUND (deleted apps too)
 * @throws Fault FORBIDDEN without the permission
 */
export async function revokeTokens(db: Database, caller: Caller, input: { appId: string }): Promise<Result<App>> {
  requirePermission(caller, 'apps/rotate-secret')
  return inAccount(db, caller.accountId, async (tx) => {
    const [row] = await tx.select().from(apps).where(livingApp(caller.accountId, input.appId)).for('update')
    if (!row) return refuse('NOT_FOUND', ['appId'], 'There is no such app in this account.')
    const now = await databaseNow(tx)
    await tx
      .update(apps)
      .set({ tokenGeneration: sql`${apps.tokenGeneration} + 1` })
      .where(and(eq(apps.accountId, caller.accountId), eq(apps.id, row.id)))
    await recordEvent(tx, caller, now, {
      type: 'TOKENS_REVOKED',
      resource: { type: 'App', id: row.id, name: row.name },
      appId: row.id,
    })
    return { ok: true, value: appOf(row) }
  })
}
