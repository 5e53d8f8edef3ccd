import { randomUUIDv7 } from 'node:crypto'
import { base32crockford } from '@scure/base'
import { type Json, recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, secrets } from '../database/index.ts'
import { formatDuration } from '../duration.ts'
import type { Result } from '../result.ts'
import { type Catalogue, checkScopes } from '../scopes/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import {
  appOf,
  checkDescription,
  checkName,
  checkTokenLifetime,
  DEFAULT_TOKEN_LIFETIME,
  tidyDescription,
} from './app.ts'
import { doOnce } from './do-once.ts'
import { readEncryptTo } from './encrypt-secret.ts'
import { checkIdempotencyKey, type KeyedRequest } from './idempotency-key.ts'
import { type IssuedSecret, issueSecret } from './issue-secret.ts'
import { requireGrantable } from './require-grantable.ts'
import { secretOf } from './secret.ts'

/** Null is as if left out. `tokenLifetime` in seconds: 60 to 2,592,000, 3,600 unless said otherwise. */
export type CreateApp = {
  name: string
  description?: string | null
  tokenLifetime?: number | null
  scopes: readonly string[]
  /** 1 to 255 code points: what is sent again under it within 24 hours is done once (doOnce). */
  idempotencyKey?: string | null
  /** A public JWK: the secret comes as a JWE for it (readEncryptTo). */
  encryptTo?: Json
}
/** What minting and checking need of the instance. */
export type AppInstance = { catalogue: Catalogue; secretMac: Uint8Array; answerSeal: Uint8Array; slowHash: SlowHash }

/**
 * Creates an OAuth app with its first client secret. Event: APP_CREATED.
 *
 * @returns the secret in the clear, this once: only a MAC and an Argon2id hash of it are stored. Errors: TOO_SHORT,
 *   TOO_LONG, INVALID_FORMAT, OUT_OF_RANGE, UNKNOWN_SCOPE, DUPLICATE, TOO_MANY_SCOPES, all at once; those of doOnce
 * @throws Fault FORBIDDEN without the permission, or for a scope that the caller does not hold (requireGrantable)
 */
export async function createApp(
  db: Database,
  caller: Caller,
  input: CreateApp,
  instance: AppInstance,
): Promise<Result<IssuedSecret>> {
  requirePermission(caller, 'apps/create')
  const name = input.name.trim()
  const description = tidyDescription(input.description)
  const tokenLifetime = input.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME
  const scopes = [...input.scopes]
  const encryptTo = await readEncryptTo(input.encryptTo)
  const errors = [
    ...checkName(name),
    ...checkDescription(description),
    ...checkTokenLifetime(tokenLifetime),
    ...checkScopes(instance.catalogue, scopes),
    ...checkIdempotencyKey(input.idempotencyKey),
    ...encryptTo.errors,
  ]
  if (errors.length > 0) return { ok: false, errors }
  requireGrantable(caller, scopes)
  // The order of scopes means nothing (RFC 6749 §3.3).
  const meaning = { name, description, tokenLifetime, scopes: scopes.toSorted(), encryptTo: encryptTo.key?.jwk ?? null }
  const request: KeyedRequest = { mutation: 'createApp', key: input.idempotencyKey, input: meaning }
  const issue = () => issueSecret(instance, encryptTo.key)
  return doOnce(db, caller, request, instance.answerSeal, issue, async (tx, { row: minted, ...shown }) => {
    const createdAt = await databaseNow(tx)
    const made = {
      accountId: caller.accountId,
      createdAt,
      createdByType: caller.actor.type,
      createdById: caller.actor.id,
    }
    const id = randomUUIDv7()
    const [appRow] = await tx
      .insert(apps)
      .values({
        ...made,
        id,
        clientId: newClientId(),
        name,
        description,
        tokenLifetime,
        scopes,
        status: 'ACTIVE',
        updatedAt: createdAt,
      })
      .returning()
    const [secretRow] = await tx
      .insert(secrets)
      .values({ ...made, ...minted, appId: id })
      .returning()
    if (!appRow || !secretRow) throw new Error('The app was not written.')
    await recordEvent(tx, caller, createdAt, {
      type: 'APP_CREATED',
      resource: { type: 'App', id, name },
      appId: id,
      changes: [
        { field: 'name', before: null, after: name },
        { field: 'description', before: null, after: description },
        { field: 'tokenLifetime', before: null, after: formatDuration(tokenLifetime) },
        { field: 'scopes', before: null, after: scopes },
        { field: 'secret', before: null, after: { id: minted.id, hint: minted.hint } },
      ],
    })
    return {
      ok: true,
      value: { app: appOf(appRow), secret: secretOf(secretRow, createdAt), ...shown, previousSecretExpiresAt: null },
    }
  })
}

/** `ch_` and a UUIDv7 in Crockford's base32: never equal to a person's id (RFC 9700 §4.15), never used again. */
function newClientId(): string {
  return `ch_${base32crockford.encode(Buffer.from(randomUUIDv7().replaceAll('-', ''), 'hex')).toLowerCase()}`
}
