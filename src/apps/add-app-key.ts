import { randomUUIDv7 } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { type Json, recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { appKeys, apps, type Database, databaseNow, inAccount } from '../database/index.ts'
import { type Result, refuse, type UserError } from '../result.ts'
import { type App, appOf, livingApp } from './app.ts'
import { type AppKey, appKeyOf, MAX_KEYS, recordedKey } from './app-key.ts'
import { type PublicJwk, readPublicJwk } from './public-jwk.ts'
import { requireGrantable } from './require-grantable.ts'

export type AddedKey = { app: App; key: AppKey }

/**
 * Gives an app a public key that it may sign in with instead of a secret (private_key_jwt, RFC 7523). Only the public
 * members of the JWK are stored. Event: KEY_ADDED.
 *
 * @returns errors: NOT_FOUND (deleted apps too), TOO_MANY_KEYS (5 are there), DUPLICATE (the app has this key, or another
 *   of this kid), and what is wrong with the JWK (readPublicJwk)
 * @throws Fault FORBIDDEN without the permission, or for an app with a scope that the caller does not hold: the key would
 *   open it (requireGrantable)
 */
export async function addAppKey(
  db: Database,
  caller: Caller,
  input: { appId: string; jwk: Json },
): Promise<Result<AddedKey>> {
  requirePermission(caller, 'apps/rotate-secret')
  const read = await readPublicJwk(input.jwk)
  return inAccount(db, caller.accountId, async (tx) => {
    const [app] = await tx.select().from(apps).where(livingApp(caller.accountId, input.appId)).for('update')
    if (!app) return refuse('NOT_FOUND', ['appId'], 'There is no such app in this account.')
    requireGrantable(caller, app.scopes)
    if (!read.ok) return { ok: false, errors: read.errors }
    const ofApp = and(eq(appKeys.accountId, caller.accountId), eq(appKeys.appId, app.id))
    const present = await tx.select().from(appKeys).where(ofApp)
    if (present.length >= MAX_KEYS)
      return refuse('TOO_MANY_KEYS', ['appId'], `The app has ${MAX_KEYS} keys, which is the most. Remove one first.`)
    const errors = checkUnlike(present, read.value)
    if (errors.length > 0) return { ok: false, errors }
    const createdAt = await databaseNow(tx)
    const [row] = await tx
      .insert(appKeys)
      .values({
        ...read.value,
        accountId: caller.accountId,
        id: randomUUIDv7(),
        appId: app.id,
        createdAt,
        createdByType: caller.actor.type,
        createdById: caller.actor.id,
      })
      .returning()
    if (!row) throw new Error('The key was not written.')
    const key = appKeyOf(row)
    await recordEvent(tx, caller, createdAt, {
      type: 'KEY_ADDED',
      resource: { type: 'App', id: app.id, name: app.name },
      appId: app.id,
      changes: [{ field: 'key', before: null, after: recordedKey(key) }],
    })
    return { ok: true, value: { app: appOf(app), key } }
  })
}

function checkUnlike(present: (typeof appKeys.$inferSelect)[], { kid, thumbprint }: PublicJwk): UserError[] {
  if (present.some((key) => key.thumbprint === thumbprint))
    return [{ path: ['jwk'], code: 'DUPLICATE', message: 'The app has this key already.' }]
  if (kid !== null && present.some((key) => key.kid === kid))
    return [{ path: ['jwk', 'kid'], code: 'DUPLICATE', message: 'The app has another key of this kid.' }]
  return []
}
