import { randomUUIDv7 } from 'node:crypto'
import { base32crockford } from '@scure/base'
import { recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { formatDuration } from '../duration.ts'
import type { Result } from '../result.ts'
import { type Catalogue, checkScopes } from '../scopes/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import {
  type App,
  appOf,
  checkDescription,
  checkName,
  checkTokenLifetime,
  DEFAULT_TOKEN_LIFETIME,
  tidyDescription,
} from './app.ts'
import { requireGrantable } from './require-grantable.ts'
import { mintSecret, type Secret, secretOf } from './secret.ts'

/** Null is as if left out. `tokenLifetime` in seconds: 60 to 2,592,000, 3,600 unless said otherwise. */
export type CreateApp = {
  name: string
  description?: string | null
  tokenLifetime?: number | null
  scopes: readonly string[]
}
export type CreatedApp = { app: App; secret: Secret; clientSecret: string }
/** What minting and checking need of the instance. */
export type AppInstance = { catalogue: Catalogue; secretMac: Uint8Array; slowHash: SlowHash }

/**
 * Creates an OAuth app with its first client secret. Event: APP_CREATED.
 *
 * @returns the secret in the clear, this once: only a MAC and an Argon2id hash of it are stored. Errors: TOO_SHORT,
 *   TOO_LONG, INVALID_FORMAT, OUT_OF_RANGE, UNKNOWN_SCOPE, DUPLICATE, TOO_MANY_SCOPES, all at once
 * @throws Fault FORBIDDEN without the permission, or for a scope that the caller does not hold (requireGrantable)
 */
export async function createApp(
  db: Database,
  caller: Caller,
  input: CreateApp,
  instance: AppInstance,
): Promise<Result<CreatedApp>> {
  requirePermission(caller, 'apps/create')
  const name = input.name.trim()
  const description = tidyDescription(input.description)
  const tokenLifetime = input.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME
  const scopes = [...input.scopes]
  const errors = [
    ...checkName(name),
    ...checkDescription(description),
    ...checkTokenLifetime(tokenLifetime),
    ...checkScopes(instance.catalogue, scopes),
  ]
  if (errors.length > 0) return { ok: false, errors }
  requireGrantable(caller, scopes)
  const minted = await mintSecret(instance.secretMac, instance.slowHash)
  return inAccount(db, caller.accountId, async (tx) => {
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
      .values({ ...made, ...minted.row, appId: id })
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
        { field: 'secret', before: null, after: { id: minted.row.id, hint: minted.row.hint } },
      ],
    })
    return {
      ok: true,
      value: { app: appOf(appRow), secret: secretOf(secretRow, createdAt), clientSecret: minted.plain },
    }
  })
}

/** `ch_` and a UUIDv7 in Crockford's base32: never equal to a person's id (RFC 9700 §4.15), never used again. */
function newClientId(): string {
  return `ch_${base32crockford.encode(Buffer.from(randomUUIDv7().replaceAll('-', ''), 'hex')).toLowerCase()}`
}
