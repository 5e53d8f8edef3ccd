import { decodeProtectedHeader, jwtVerify } from 'jose'
import { z } from 'zod'
import { findClient } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import type { Issuer } from './access-token.ts'
import { ALGORITHM, TOKEN_TYPE } from './signing-keys.ts'

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
  secretId: string
}

const claims = z.object({
  sub: z.string(),
  client_id: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
  jti: z.string(),
  secret_id: z.uuid(),
  scope: z.string().optional(),
})
const MAX_TOKEN_LENGTH = 65_536
const GONE: TokenState = { active: null, forGood: true }

/** A token that holds; else whether it is gone for good, or of an app that may be enabled again or come with a new one. */
export type TokenState = { active: ActiveToken } | { active: null; forGood: boolean }

/**
 * The one answer to "does this token hold?": ours by signature, issuer and type, not expired by the database's clock,
 * its app there and ACTIVE, the secret that it was made with not ended before its time. (The natural end of a grace
 * period leaves the tokens made before it.) One query, so what a mutation ended is ended here from its answer on.
 */
export async function isActive(db: Database, issuer: Issuer, token: string): Promise<TokenState> {
  const payload = await verifySignature(issuer, token)
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return GONE
  const { sub, client_id, aud, iat, exp, jti, secret_id, scope } = parsed.data
  if (sub !== client_id) return GONE
  const client = await findClient(db, client_id, secret_id)
  if (!client || client.secretRevoked) return GONE
  if (!client.active || exp * 1000 <= client.now.getTime()) return { active: null, forGood: false }
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
    scopes: asked.filter((name) => client.scopes.includes(name)),
    secretId: secret_id,
  }
  return { active }
}

async function verifySignature({ url, keys }: Issuer, token: string): Promise<unknown> {
  if (token.length > MAX_TOKEN_LENGTH) return null
  try {
    const key = keys.verifying.get(decodeProtectedHeader(token).kid ?? '')
    if (!key) return null
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: url,
      currentDate: new Date(0), // the end is held against the database's clock, by isActive
    })
    return payload
  } catch {
    return null
  }
}
