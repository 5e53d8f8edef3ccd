import { sql } from 'drizzle-orm'
import { type Database, prepareOnce } from '../database/index.ts'
import { isSecretRight, parseSecret } from './secret.ts'

/** An app that has shown its secret, and all that a token for it needs. */
export type Client = {
  accountId: string
  appId: string
  clientId: string
  name: string
  /** Seconds. */
  tokenLifetime: number
  scopes: string[]
  secretId: string
  /** The database's clock at this moment. */
  now: Date
}

const lookUp = prepareOnce((db) =>
  db
    .select({
      accountId: sql<string>`account_id`,
      appId: sql<string>`app_id`,
      name: sql<string>`app_name`,
      status: sql<string>`status`,
      tokenLifetime: sql<number>`token_lifetime`,
      scopes: sql<string[]>`scopes`,
      mac: sql<Uint8Array | null>`mac`,
      expiresAt: sql<string | null>`expires_at`,
      revokedAt: sql<string | null>`revoked_at`,
      now: sql<string>`now`,
    })
    .from(sql`find_client(${sql.placeholder('clientId')}, ${sql.placeholder('secretId')}::uuid)`)
    .prepare('find_client'),
)

/** What is known of a client and one of its secrets: one look-up, before the account is known. */
export type ClientState = Omit<Client, 'secretId'> & {
  active: boolean
  mac: Uint8Array | null
  /** Ended early, which ends the tokens made with it too; or none of this app's. */
  secretRevoked: boolean
  secretLive: boolean
}

/** The form of the client ids that createApp makes. */
const CLIENT_ID = /^ch_[0-9a-hjkmnp-tv-z]{26}$/

/**
 * Client authentication by a secret (RFC 6749 §2.3.1): one query, one HMAC.
 * @returns null for an unknown, deleted or disabled client, and for a wrong, ended or mistyped secret: the same in each
 *   case, in like time, but that what no mint of ours made is refused before anything costs
 */
export async function authenticateClient(
  db: Database,
  secretMac: Uint8Array,
  clientId: string,
  clientSecret: string,
): Promise<Client | null> {
  const parsed = parseSecret(clientSecret)
  if (!parsed || !CLIENT_ID.test(clientId)) return null
  const state = await findClient(db, clientId, parsed.id)
  const right = isSecretRight(secretMac, clientSecret, state?.mac ?? null)
  if (!state || !right || !state.active || !state.secretLive) return null
  return { ...state, secretId: parsed.id }
}

/** @returns null for an unknown client id, or that of a deleted app */
export async function findClient(db: Database, clientId: string, secretId: string): Promise<ClientState | null> {
  const [row] = await lookUp(db).execute({ clientId, secretId })
  if (!row) return null
  const { status, expiresAt, revokedAt, now: at, ...same } = row
  const now = new Date(at)
  return {
    ...same,
    clientId,
    now,
    active: status === 'ACTIVE',
    secretRevoked: revokedAt !== null || row.mac === null,
    secretLive: revokedAt === null && (expiresAt === null || new Date(expiresAt) > now),
  }
}
