import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'
import { endedAt, liveSecrets } from './secret.ts'

/**
 * Takes a rotation back: the secret that the current one replaced becomes current again, without an end, and the one
 * taken back ends at once, with the tokens made with it. Event: SECRET_ROTATION_UNDONE, about the one taken back.
 *
 * @param input.secretId the current secret: a second click undoes nothing more
 * @returns errors: NOT_FOUND (deleted apps too), CONFLICT (another secret is the current one by now), NOTHING_TO_UNDO (the
 *   one that it replaced has ended or is switched off, even where an older one lives; or it replaced none)
 * @throws Fault FORBIDDEN without the permission
 */
export async function undoRotation(
  db: Database,
  caller: Caller,
  input: { appId: string; secretId: string },
): Promise<Result<App>> {
  requirePermission(caller, 'apps/rotate-secret')
  return inAccount(db, caller.accountId, async (tx) => {
    const [row] = await tx.select().from(apps).where(livingApp(caller.accountId, input.appId)).for('update')
    if (!row) return refuse('NOT_FOUND', ['appId'], 'There is no such app in this account.')
    const app = appOf(row)
    const now = await databaseNow(tx)
    const live = await tx
      .select()
      .from(secrets)
      .where(liveSecrets(caller.accountId, app.id, now))
    const current = live.find((secret) => secret.replacedAt === null)
    if (!current || current.id !== input.secretId)
      return refuse('CONFLICT', ['secretId'], 'This is not the current secret, or not any more: nothing was undone.')
    const before = live.find((secret) => secret.id === current.replacesId && secret.disabledAt === null)
    if (!before)
      return refuse(
        'NOTHING_TO_UNDO',
        ['secretId'],
        'The secret that this one replaced has ended or is switched off, or there was none.',
      )
    const one = (id: string) => and(eq(secrets.accountId, caller.accountId), eq(secrets.id, id))
    // In this order: an app has one secret without a successor at most.
    await tx
      .update(secrets)
      .set({ ...endedAt(now), replacedAt: now })
      .where(one(current.id))
    await tx.update(secrets).set({ replacedAt: null, expiresAt: null, graceFromFirstUse: null }).where(one(before.id))
    await recordEvent(tx, caller, now, {
      type: 'SECRET_ROTATION_UNDONE',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      secret: { id: current.id, hint: current.hint, expiresAt: now },
      changes: [
        {
          field: 'secret',
          before: { id: current.id, hint: current.hint },
          after: { id: before.id, hint: before.hint },
        },
      ],
    })
    return { ok: true, value: app }
  })
}
