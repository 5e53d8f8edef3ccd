import { asc, sql } from 'drizzle-orm'
import { type Json, recordEvent } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { apps, type Database, databaseNow, secrets } from '../database/index.ts'
import { type Result, refuse, type UserError } from '../result.ts'
import { appOf, livingApp } from './app.ts'
import type { AppInstance } from './create-app.ts'
import { doOnce } from './do-once.ts'
import { readEncryptTo } from './encrypt-secret.ts'
import { checkIdempotencyKey, type KeyedRequest } from './idempotency-key.ts'
import { type IssuedSecret, issueSecret } from './issue-secret.ts'
import { isBoundToItself, requireFirmStand, requireItself } from './itself.ts'
import { requireGrantable } from './require-grantable.ts'
import { currentSecret, endedAt, liveSecrets, MAX_LIVE_SECRETS, neededAtLeastUntil, secretOf } from './secret.ts'

/**
 * `gracePeriod` in seconds: 0 to 2,592,000 (30 days). With `graceStarts` NOW, 0 ends every older secret at once. With
 * FIRST_USE it starts with the first token issued with a newer secret (startGrace), 0 ends the old one then.
 * `idempotencyKey` and `encryptTo` as createApp's.
 */
export type RotateSecret = {
  appId: string
  gracePeriod: number
  graceStarts?: GraceStart | null
  idempotencyKey?: string | null
  encryptTo?: Json
}
export type GraceStart = 'NOW' | 'FIRST_USE'

const MAX_GRACE_PERIOD = 2_592_000
/** Of an app that rotates its own secret: for so long it can come back for an answer that was lost. */
const MIN_OWN_GRACE_PERIOD = 600
/** A secret that waits for the first use of a newer one waits no longer than this. */
const MAX_WAIT = 2_592_000

/**
 * Gives an app a new client secret (RFC 6749 §2.3.1) and ends the one before it when a grace period is over. Older
 * secrets keep the end that they had, never a later one; one that waits for a first use goes on waiting. Rotations of
 * one app run one after the other. An app with apps.self/rotate-secret alone may rotate its own secret, with a grace
 * period of 10 minutes at least, and with a token made with its current secret or a key. Event: SECRET_ROTATED.
 *
 * @returns the secret in the clear, this once. Errors: OUT_OF_RANGE, TOO_SHORT, TOO_LONG, INVALID_FORMAT, all at once;
 *   NOT_FOUND (deleted apps too), TOO_MANY_SECRETS (5 are live, and none of them is to end at once); those of doOnce
 * @throws Fault FORBIDDEN without the permission, or for an app with a scope that the caller does not hold: the new
 *   secret would open it (requireGrantable). An app's token that was narrowed holds less than the app itself.
 */
export async function rotateSecret(
  db: Database,
  caller: Caller,
  input: RotateSecret,
  instance: Pick<AppInstance, 'secretMac' | 'answerSeal' | 'slowHash'>,
): Promise<Result<IssuedSecret>> {
  const bound = isBoundToItself(caller, 'apps/rotate-secret')
  if (bound) requireItself(caller, input.appId, 'apps/rotate-secret')
  const graceStarts = input.graceStarts ?? 'NOW'
  const encryptTo = await readEncryptTo(input.encryptTo)
  const errors = [
    ...checkGracePeriod(input.gracePeriod, bound ? MIN_OWN_GRACE_PERIOD : 0),
    ...checkIdempotencyKey(input.idempotencyKey),
    ...encryptTo.errors,
  ]
  if (errors.length > 0) return { ok: false, errors }
  const { appId, gracePeriod } = input
  const meaning = { appId, gracePeriod, graceStarts, encryptTo: encryptTo.key?.jwk ?? null }
  const request: KeyedRequest = { mutation: 'rotateSecret', key: input.idempotencyKey, input: meaning }
  const issue = () => issueSecret(instance, encryptTo.key)
  return doOnce(db, caller, request, instance.answerSeal, issue, async (tx, { row: minted, ...shown }) => {
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
    if (bound) await requireFirmStand(tx, caller, row, before)
    const endsAll = graceStarts === 'NOW' && input.gracePeriod === 0
    if (!endsAll && live.length >= MAX_LIVE_SECRETS) return tooMany(live)

    const end = afterSeconds(now, graceStarts === 'NOW' ? input.gracePeriod : MAX_WAIT)
    if (endsAll)
      await tx
        .update(secrets)
        .set({
          ...endedAt(now),
          replacedAt: sql`coalesce(${secrets.replacedAt}, ${sql.param(now, secrets.replacedAt)})`,
        })
        .where(liveSecrets(caller.accountId, app.id, now))
    else
      await tx
        .update(secrets)
        .set({
          expiresAt: end,
          replacedAt: now,
          graceFromFirstUse: graceStarts === 'FIRST_USE' ? input.gracePeriod : null,
          neededUntil: neededAtLeastUntil(sql`${sql.param(afterSeconds(now, app.tokenLifetime), secrets.neededUntil)}`),
        })
        .where(currentSecret(caller.accountId, app.id))
    const [secretRow] = await tx
      .insert(secrets)
      .values({
        ...minted,
        accountId: caller.accountId,
        appId: app.id,
        replacesId: before.id,
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
      graceStarts,
      secret: { id: before.id, hint: before.hint, expiresAt: end },
      changes: [
        {
          field: 'secret',
          before: { id: before.id, hint: before.hint },
          after: { id: minted.id, hint: minted.hint },
        },
      ],
    })
    return { ok: true, value: { app, secret: secretOf(secretRow, now), ...shown, previousSecretExpiresAt: end } }
  })
}

function afterSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000)
}

function checkGracePeriod(seconds: number, least: number): UserError[] {
  if (seconds >= least && seconds <= MAX_GRACE_PERIOD) return []
  const from = least === 0 ? '0 seconds (PT0S)' : '10 minutes (PT10M)'
  const message = `A grace period${least === 0 ? '' : ' of an app that rotates its own secret'} is ${from} to 30 days (P30D).`
  return [{ path: ['gracePeriod'], code: 'OUT_OF_RANGE', message }]
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
