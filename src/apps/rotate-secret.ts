import { asc, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse, type UserError } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'
import type { AppInstance } from './create-app.ts'
import { requireGrantable } from './require-grantable.ts'
import { currentSecret, liveSecrets, MAX_LIVE_SECRETS, mintSecret, type Secret, secretOf } from './secret.ts'

/** `gracePeriod` in seconds: 0 to 2,592,000 (30 days); 0 ends every older secret at once. */
export type RotateSecret = { appId: string; gracePeriod: number }
export type SecretRotation = { app: App; secret: Secret; clientSecret: string; previousSecretExpiresAt: Date }

const MAX_GRACE_PERIOD = 2_592_000

/**
 * Gives an app a new client secret (RFC 6749 §2.3.1) and ends the one before it when a grace period is over. Older
 * secrets keep the end that they had, never a later one. Rotations of one app run one after the other.
 * Event: SECRET_ROTATED.
 *
 * @returns the secret in the clear, this once. Errors: OUT_OF_RANGE, NOT_FOUND (deleted apps too), TOO_MANY_SECRETS
 *   (5 are live and the grace period is not 0)
 * @throws Fault FORBIDDEN without the permission, or for an app with a scope that the caller does not hold: the new
 *   secret would open it (requireGrantable)
 */
export async function rotateSecret(
  db: Database,
  caller: Caller,
  input: RotateSecret,
  instance: Pick<AppInstance, 'secretMac' | 'slowHash'>,
): Promise<Result<SecretRotation>> {
  requirePermission(caller, 'apps/rotate-secret')
  const errors = checkGracePeriod(input.gracePeriod)
  if (errors.length > 0) return { ok: false, errors }
  const minted = await mintSecret(instance.secretMac, instance.slowHash)
  return inAccount(db, caller.accountId, async (tx) => {
    const [row] = await tx.select().from(apps).where(livingApp(caller.accountId, input.appId)).for('update')
    if (!row) return refuse('NOT_FOUND', ['appId'], 'There is no such app in this account.')
    const app = appOf(row)
    requireGrantable(caller, app.scopes)
    const now = await databaseNow(tx) // under the lock: the times of rotations have their order
    const live = await tx
      .select()
      .from(secrets)
      .where(liveSecrets(caller.accountId, app.id, now))
      .orderBy(asc(secrets.createdAt))
    const before = live.find((secret) => secret.replacedAt === null)
    if (!before) throw new Error('An app without a current secret.')
    if (input.gracePeriod > 0 && live.length >= MAX_LIVE_SECRETS) return tooMany(live)

    const end = new Date(now.getTime() + input.gracePeriod * 1000)
    const replacedAt = sql`coalesce(${secrets.replacedAt}, ${sql.param(now, secrets.replacedAt)})`
    if (input.gracePeriod === 0)
      await tx
        .update(secrets)
        .set({ expiresAt: now, revokedAt: now, replacedAt })
        .where(liveSecrets(caller.accountId, app.id, now))
    else await tx.update(secrets).set({ expiresAt: end, replacedAt }).where(currentSecret(caller.accountId, app.id))
    const [secretRow] = await tx
      .insert(secrets)
      .values({
        ...minted.row,
        accountId: caller.accountId,
        appId: app.id,
        createdAt: now,
        createdByType: caller.actor.type,
        createdById: caller.actor.id,
      })
      .returning()
    if (!secretRow) throw new Error('The secret was not written.')
    await recordEvent(tx, caller, now, {
      type: 'SECRET_ROTATED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      gracePeriod: input.gracePeriod,
      graceStarts: 'NOW',
      secret: { id: before.id, hint: before.hint, expiresAt: end },
      changes: [
        {
          field: 'secret',
          before: { id: before.id, hint: before.hint },
          after: { id: minted.row.id, hint: minted.row.hint },
        },
      ],
    })
    const value = { app, secret: secretOf(secretRow), clientSecret: minted.plain, previousSecretExpiresAt: end }
    return { ok: true, value }
  })
}

function checkGracePeriod(seconds: number): UserError[] {
  if (seconds >= 0 && seconds <= MAX_GRACE_PERIOD) return []
  return [
    { path: ['gracePeriod'], code: 'OUT_OF_RANGE', message: 'A grace period is 0 seconds (PT0S) to 30 days (P30D).' },
  ]
}

function tooMany(live: (typeof secrets.$inferSelect)[]): { ok: false; errors: UserError[] } {
  const older = live
    .filter((secret) => secret.replacedAt !== null)
    .map((secret) => `…${secret.hint} (ends ${secret.expiresAt?.toISOString()})`)
  return refuse(
    'TOO_MANY_SECRETS',
    ['appId'],
    `${MAX_LIVE_SECRETS} secrets are live, which is the most. Revoke one of the older ones first: ${older.join(', ')}.`,
  )
}
