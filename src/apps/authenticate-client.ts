import { sql } from 'drizzle-orm'
import { type Database, rows } from '../database/index.ts'
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

type ClientRow = {
  account_id: string
  app_id: string
  app_name: string
  status: string
  token_lifetime: number
  scopes: string[]
  mac: Uint8Array | null
  expires_at: Date | string | null
  revoked_at: Date | string | null
  is_current: boolean | null
  now: Date | string
}

/** What is known of a client and one of its secrets: one look-up, before the account is known. */
export type ClientState = Omit<Client, 'secretId'> & {
  active: boolean
  mac: Uint8Array | null
  /** Ended early, which ends the tokens made with it too. */
  secretRevoked: boolean
  secretLive: boolean
}

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
  if (!parsed) return null
  const state = await findClient(db, clientId, parsed.id)
  const right = isSecretRight(secretMac, clientSecret, state?.mac ?? null)
  if (!state || !right || !state.active || !state.secretLive) return null
  return { ...state, secretId: parsed.id }
}

/** @returns null for an unknown client id, or that of a deleted app */
export async function findClient(db: Database, clientId: string, secretId: string): Promise<ClientState | null> {
  const [row] = await rows<ClientRow>(db, sql`select * from find_client(${clientId}, ${secretId}::uuid)`)
  if (!row) return null
  const now = new Date(row.now)
  return {
    accountId: row.account_id,
    appId: row.app_id,
    clientId,
    name: row.app_name,
    tokenLifetime: row.token_lifetime,
    scopes: row.scopes,
    now,
    active: row.status === 'ACTIVE',
    mac: row.mac,
    secretRevoked: row.revoked_at !== null || row.is_current === null,
    secretLive: row.revoked_at === null && (row.expires_at === null || new Date(row.expires_at) > now),
  }
}
