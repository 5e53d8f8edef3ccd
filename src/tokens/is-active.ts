import { type ClientState, findClient } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import { inBoth } from '../scopes/index.ts'
import type { Issuer } from './access-token.ts'
import { type AccessTokenClaims, readAccessToken } from './read-access-token.ts'

/** What a token that holds stands for, at this moment. */
export type ActiveToken = {
  accountId: string
  appId: string
  appName: string
  clientId: string
  audience: string
  issuedAt: number
  expiresAt: number
  id: string
  /** The token's and the app's: a scope taken from the app is gone at once. */
  scopes: string[]
  /** What it was made with. Of a secret, whether it is the current one at this moment. */
  credential: { type: 'secret'; id: string; current: boolean } | { type: 'key'; id: string }
}

const GONE: TokenState = { active: null, forGood: true }

/** A token that holds; else whether it is gone for good, or of an app that may be enabled again or come with a new one. */
export type TokenState = { active: ActiveToken } | { active: null; forGood: boolean }

/**
 * The one answer to "does this token hold?": ours by signature, issuer and type, not expired by the database's clock, not
 * revoked, its app there and ACTIVE, the secret that it was made with neither ended before its time nor switched off.
 * (The natural end of a grace period leaves the tokens made before it, and so does the removal of a key.) One query, so
 * what a mutation ended is ended here from its answer on.
 */
export async function isActive(db: Database, issuer: Issuer, token: string): Promise<TokenState> {
  const reading = await readAccessToken(issuer, token)
  if (reading.claims) return stateOf(db, reading.claims)
  return reading.keyIsUnknown ? { active: null, forGood: false } : GONE // its key was revoked: the app may get a new one
}

/** As isActive, of a token that was read before. */
export async function stateOf(db: Database, claims: AccessTokenClaims): Promise<TokenState> {
  const { client_id, aud, iat, exp, jti, secret_id, key_id, generation, scope } = claims
  const client = await findClient(db, client_id, { secretId: secret_id ?? null, tokenId: jti })
  if (!client || client.tokenRevoked || client.tokenGeneration > generation) return GONE
  const credential = credentialOf(client.secret, key_id)
  if (!credential || client.secret?.revoked) return GONE
  const inForce = client.active && (client.secret?.enabled ?? true) && exp * 1000 > client.now.getTime()
  if (!inForce) return { active: null, forGood: false }
  const asked = scope?.split(' ') ?? []
  const active: ActiveToken = {
    accountId: client.accountId,
    appId: client.appId,
    appName: client.name,
    clientId: client_id,
    audience: aud,
    issuedAt: iat,
    expiresAt: exp,
    id: jti,
    scopes: inBoth(asked, client.scopes),
    credential,
  }
  return { active }
}

/** @returns null for a secret that is none of the app's */
function credentialOf(secret: ClientState['secret'], keyId: string | undefined): ActiveToken['credential'] | null {
  if (secret) return { type: 'secret', id: secret.id, current: secret.current }
  return keyId === undefined ? null : { type: 'key', id: keyId }
}
