import { randomUUIDv7 } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Client } from '../apps/index.ts'
import { ALGORITHM, type SigningKeys } from './signing-keys.ts'

/** RFC 9068 §2.1: what tells an access token from every other JWT. */
export const TOKEN_TYPE = 'at+jwt'

/** Who signs, and for whom tokens may be. */
export type Issuer = {
  /** The `iss` of every token: PUBLIC_URL. */
  url: string
  /** The audiences that may be asked for (RFC 8707); the first is the default. */
  resources: readonly string[]
  keys: SigningKeys
}

/**
 * Signs an access token (RFC 9068) for a client that has shown its secret.
 * @param scopes what it opens; with none the claim is left out
 * @returns its times are the database's: those of the round trip that read the client
 */
export function signAccessToken(
  { url, keys }: Issuer,
  client: Client,
  audience: string,
  scopes: readonly string[],
): Promise<string> {
  const issuedAt = Math.floor(client.now.getTime() / 1000)
  return new SignJWT({
    iss: url,
    sub: client.clientId,
    client_id: client.clientId,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + client.tokenLifetime,
    jti: randomUUIDv7(),
    account_id: client.accountId,
    secret_id: client.secretId,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid: keys.current.kid })
    .sign(keys.current.key)
}
