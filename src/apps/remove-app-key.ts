import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { appKeys, apps, type Database, databaseNow, inAccount } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'
import { appKeyOf, oneKey, recordedKey } from './app-key.ts'

/**
 * Takes a public key from an app: nothing signed with it is taken from here on. Tokens that were issued to it live to
 * their end; revokeTokens ends those. Event: KEY_REMOVED.
 *
 * @returns errors: NOT_FOUND (removed before, or of a deleted app, too)
 * @throws Fault FORBIDDEN without the permission
 */
export async function removeAppKey(db: Database, caller: Caller, input: { id: string }): Promise<Result<App>> {
  requirePermission(caller, 'apps/rotate-secret')
  const notFound = refuse('NOT_FOUND', ['id'], 'There is no such key in this account.')
  return inAccount(db, caller.accountId, async (tx) => {
    const key = oneKey(caller.accountId, input.id)
    const [of] = await tx.select({ appId: appKeys.appId }).from(appKeys).where(key)
    if (!of) return notFound
    const [app] = await tx.select().from(apps).where(livingApp(caller.accountId, of.appId)).for('update')
    if (!app) return notFound
    const now = await databaseNow(tx)
    const [removed] = await tx.delete(appKeys).where(key).returning()
    if (!removed) return notFound // by another, while this one waited for the app
    await recordEvent(tx, caller, now, {
      type: 'KEY_REMOVED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      changes: [{ field: 'key', before: recordedKey(appKeyOf(removed)), after: null }],
    })
    return { ok: true, value: appOf(app) }
  })
}
