import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'
import { liveSecrets } from './secret.ts'

/**
 * Ends an older secret before its grace period does, with the tokens made with it. Event: SECRET_REVOKED.
 *
 * @returns errors: NOT_FOUND (no live secret of this account), CONFLICT (the current one can only be rotated)
 * @throws Fault FORBIDDEN without the permission
 */
export async function revokeSecret(db: Database, caller: Caller, input: { id: string }): Promise<Result<App>> {
  requirePermission(caller, 'apps/rotate-secret')
  const notFound = refuse('NOT_FOUND', ['id'], 'There is no such live secret in this account.')
  return inAccount(db, caller.accountId, async (tx) => {
    const one = and(eq(secrets.accountId, caller.accountId), eq(secrets.id, input.id))
    const [of] = await tx.select({ appId: secrets.appId }).from(secrets).where(one)
    if (!of) return notFound
    const [row] = await tx.select().from(apps).where(livingApp(caller.accountId, of.appId)).for('update')
    if (!row) return notFound
    const app = appOf(row)
    const now = await databaseNow(tx)
    const [secret] = await tx
      .select()
      .from(secrets)
      .where(and(one, liveSecrets(caller.accountId, app.id, now)))
    if (!secret) return notFound
    if (secret.replacedAt === null)
      return refuse(
        'CONFLICT',
        ['id'],
        'This is the current secret: rotate it, with a grace period of PT0S to end it at once.',
      )
    await tx.update(secrets).set({ expiresAt: now, revokedAt: now }).where(one)
    await recordEvent(tx, caller, now, {
      type: 'SECRET_REVOKED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      secret: { id: secret.id, hint: secret.hint, expiresAt: now },
      changes: [{ field: 'expiresAt', before: secret.expiresAt?.toISOString() ?? null, after: now.toISOString() }],
    })
    return { ok: true, value: app }
  })
}
