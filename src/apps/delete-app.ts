import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { appKeys, apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { livingApp } from './app.ts'
import { endedAt, liveSecrets } from './secret.ts'

/**
 * Deletes an app: its secrets, keys and tokens stop at once, its client id is never used again, its history stays and goes on
 * telling what it was called. Event: APP_DELETED.
 *
 * @returns the id of what was deleted. Errors: NOT_FOUND (deleted before, too)
 * @throws Fault FORBIDDEN without the permission
 */
export async function deleteApp(db: Database, caller: Caller, input: { id: string }): Promise<Result<string>> {
  requirePermission(caller, 'apps/delete')
  return inAccount(db, caller.accountId, async (tx) => {
    const [app] = await tx.select().from(apps).where(livingApp(caller.accountId, input.id)).for('update')
    if (!app) return refuse('NOT_FOUND', ['id'], 'There is no such app in this account.')
    const now = await databaseNow(tx)
    await tx
      .update(secrets)
      .set(endedAt(now))
      .where(liveSecrets(caller.accountId, app.id, now))
    await tx.delete(appKeys).where(and(eq(appKeys.accountId, caller.accountId), eq(appKeys.appId, app.id)))
    await tx
      .update(apps)
      .set({ deletedAt: now })
      .where(and(eq(apps.accountId, caller.accountId), eq(apps.id, app.id)))
    await recordEvent(tx, caller, now, {
      type: 'APP_DELETED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
    })
    return { ok: true, value: app.id }
  })
}
