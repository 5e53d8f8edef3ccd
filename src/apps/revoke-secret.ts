import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { type Database, inAccount, secrets } from '../database/index.ts'
import { Fault, type Result, refuse } from '../result.ts'
import type { App } from './app.ts'
import { isBoundToItself, requireOwnSecrets } from './itself.ts'
import { lockSecret } from './lock-secret.ts'
import { endedAt } from './secret.ts'

/**
 * Ends an older secret before its grace period does, with the tokens made with it. An app with apps.self/rotate-secret
 * alone may end its own, but not one that was switched off: somebody may mean to switch it on again. Event: SECRET_REVOKED.
 *
 * @returns errors: NOT_FOUND (no live secret of this account), CONFLICT (the current one can only be rotated)
 * @throws Fault FORBIDDEN without the permission
 */
export async function revokeSecret(db: Database, caller: Caller, input: { id: string }): Promise<Result<App>> {
  const bound = isBoundToItself(caller, 'apps/rotate-secret')
  return inAccount(db, caller.accountId, async (tx) => {
    if (bound) await requireOwnSecrets(tx, caller, [input.id], 'apps/rotate-secret')
    const locked = await lockSecret(tx, caller, input.id)
    if (!locked) return refuse('NOT_FOUND', ['id'], 'There is no such live secret in this account.')
    const { app, secret, now } = locked
    if (secret.replacedAt === null)
      return refuse(
        'CONFLICT',
        ['id'],
        'This is the current secret: rotate it, with a grace period of PT0S to end it at once.',
      )
    if (bound && secret.disabledAt !== null)
      throw new Fault('FORBIDDEN', 'This secret was switched off. To end it needs the permission apps/rotate-secret.')
    const one = and(eq(secrets.accountId, caller.accountId), eq(secrets.id, secret.id))
    await tx.update(secrets).set(endedAt(now)).where(one)
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
