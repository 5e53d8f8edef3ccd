import { randomUUIDv7 } from 'node:crypto'
import type { Client } from '../apps/index.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Who signs, and for whom tokens may be. */
export type Issuer = {
  /** The `iss` of every token: PUBLIC_URL. */
  url: string
  /** The audiences that may be asked for (RFC 8707); the first is the default. */
  resources: readonly string[]
  keys: SigningKeys
}

/**
 * Signs an access token (RFC 9068) for a client that has shown its secret or a key of its own.
 * In the compact form of RFC 7515 §7.1.
 *
 * @param scopes what it opens; with none the claim is left out
 * @returns its times are the database's: those of the round trip that read the client
 */
export function signAccessToken(
  { url, keys }: Issuer,
  client: Client,
  audience: string,
  scopes: readonly string[],
): string {
  const issuedAt = Math.floor(client.now.getTime() / 1000)
  const claims = {
    iss: url,
    sub: client.clientId,
    client_id: client.clientId,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + client.tokenLifetime,
    jti: randomUUIDv7(),
    account_id: client.accountId,
    [client.credential.type === 'secret' ? 'secret_id' : 'key_id']: client.credential.id,
    ...(client.tokenGeneration > 0 && { generation: client.tokenGeneration }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
  const { header, sign } = keys.current(client.now)
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${sign(Buffer.from(signed)).toString('base64url')}`
}
