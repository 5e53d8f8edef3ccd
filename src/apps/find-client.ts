import { sql } from 'drizzle-orm'
import { type Database, prepareOnce } from '../database/index.ts'

/** What is known of an app and one of its secrets before anybody is known: one look-up (rules: find_client). */
export type ClientState = {
  accountId: string
  appId: string
  clientId: string
  name: string
  /** ACTIVE: a disabled app's credentials and tokens do nothing. */
  active: boolean
  /** Seconds. */
  tokenLifetime: number
  /** Tokens of an earlier one are over. */
  tokenGeneration: number
  scopes: string[]
  /** The secret that was asked for; null where it is none of this app's. */
  secret: SecretState | null
  /** All its public keys, where they were asked for. */
  keys: ClientKey[]
  /** Whether the token that was asked for was revoked one by one. */
  tokenRevoked: boolean
  /** The database's clock at this moment. */
  now: Date
}

export type SecretState = {
  id: string
  /** Null once the MAC key was lost: `hash` then, and only then, holds the slow hash. */
  mac: Uint8Array | null
  hash: string | null
  current: boolean
  enabled: boolean
  /** Ended before its time, which ends the tokens made with it too. */
  revoked: boolean
  /** Not past its end, by the database's clock. */
  live: boolean
  lastUsedAt: Date | null
  /** Older secrets wait for the first use of this one. */
  startsGrace: boolean
}

/** A public key that an app may sign in with (private_key_jwt). */
export type ClientKey = { id: string; kid: string | null; algorithm: string; jwk: Record<string, string> }

const lookUp = prepareOnce((db) =>
  db
    .select({
      accountId: sql<string>`account_id`,
      appId: sql<string>`app_id`,
      name: sql<string>`app_name`,
      status: sql<string>`status`,
      tokenLifetime: sql<number>`token_lifetime`,
      tokenGeneration: sql<number>`token_generation`,
      scopes: sql<string[]>`scopes`,
      secretId: sql<string | null>`secret_id`,
      mac: sql<Uint8Array | null>`mac`,
      hash: sql<string | null>`hash`,
      expiresAt: sql<string | null>`expires_at`,
      revokedAt: sql<string | null>`revoked_at`,
      enabled: sql<boolean>`is_enabled`,
      current: sql<boolean>`is_current`,
      lastUsedAt: sql<string | null>`last_used_at`,
      startsGrace: sql<boolean>`starts_grace`,
      keys: sql<ClientKey[] | null>`keys`,
      tokenRevoked: sql<boolean>`token_revoked`,
      now: sql<string>`now`,
    })
    .from(
      sql`find_client(${sql.placeholder('clientId')}, ${sql.placeholder('secretId')}::uuid, ${sql.placeholder('tokenId')}::uuid, ${sql.placeholder('withKeys')}::boolean)`,
    )
    .prepare('find_client'),
)

/**
 * One query, in one round trip.
 * @param asked.secretId the secret that it shows, or that its token was made with; null: none
 * @param asked.tokenId the `jti` of a token of ours, to be told whether it was revoked; left out: not asked
 * @returns null for an unknown client id, or that of a deleted app
 */
export async function findClient(
  db: Database,
  clientId: string,
  asked: { secretId: string | null; tokenId?: string; withKeys?: boolean },
): Promise<ClientState | null> {
  const { secretId, tokenId = null, withKeys = false } = asked
  const [row] = await lookUp(db).execute({ clientId, secretId, tokenId, withKeys })
  if (!row) return null
  const now = new Date(row.now)
  return {
    accountId: row.accountId,
    appId: row.appId,
    clientId,
    name: row.name,
    active: row.status === 'ACTIVE',
    tokenLifetime: row.tokenLifetime,
    tokenGeneration: row.tokenGeneration,
    scopes: row.scopes,
    secret: row.secretId === null ? null : secretStateOf({ ...row, id: row.secretId }, now),
    keys: row.keys ?? [],
    tokenRevoked: row.tokenRevoked,
    now,
  }
}

type Row = Pick<SecretState, 'id' | 'mac' | 'hash' | 'current' | 'enabled' | 'startsGrace'> & {
  expiresAt: string | null
  revokedAt: string | null
  lastUsedAt: string | null
}

function secretStateOf(row: Row, now: Date): SecretState {
  const { id, mac, hash, current, enabled, startsGrace, expiresAt, revokedAt, lastUsedAt } = row
  return {
    id,
    mac,
    hash,
    current,
    enabled,
    revoked: revokedAt !== null,
    live: revokedAt === null && (expiresAt === null || new Date(expiresAt) > now),
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt),
    startsGrace,
  }
}
