import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { type Database, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import type { App } from './app.ts'
import { lockSecret } from './lock-secret.ts'

/**
 * Switches a secret off, the current one too, or on again: reversible, to see who still needs it. Switched off, it opens
 * nothing and the tokens made with it are inactive; its end stays where it was. Events: SECRET_DISABLED, SECRET_ENABLED;
 * none where it was so already.
 *
 * @returns errors: NOT_FOUND (no live secret of this account)
 * @throws Fault FORBIDDEN without the permission
 */
export async function setSecretEnabled(
  db: Database,
  caller: Caller,
  input: { id: string; enabled: boolean },
): Promise<Result<App>> {
  requirePermission(caller, 'apps/rotate-secret')
  return inAccount(db, caller.accountId, async (tx) => {
    const locked = await lockSecret(tx, caller, input.id)
    if (!locked) return refuse('NOT_FOUND', ['id'], 'There is no such live secret in this account.')
    const { app, secret, now } = locked
    const wasEnabled = secret.disabledAt === null
    if (wasEnabled === input.enabled) return { ok: true, value: app }
    await tx
      .update(secrets)
      .set({ disabledAt: input.enabled ? null : now })
      .where(and(eq(secrets.accountId, caller.accountId), eq(secrets.id, secret.id)))
    await recordEvent(tx, caller, now, {
      type: input.enabled ? 'SECRET_ENABLED' : 'SECRET_DISABLED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      secret: { id: secret.id, hint: secret.hint, expiresAt: secret.expiresAt },
      changes: [{ field: 'enabled', before: wasEnabled, after: input.enabled }],
    })
    return { ok: true, value: app }
  })
}
