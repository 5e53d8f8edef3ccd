import { randomUUIDv7, sign } from 'node:crypto'
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
 *
 * By node:crypto and not by jose, whose WebCrypto costs twice the processor time for each signature (measured by
 * `npm run bench -- token`); what jose verifies elsewhere, it verifies here: the form is RFC 7515 §7.1's.
 *
 * @param scopes what it opens; with none the claim is left out
 * @returns its times are the database's: those of the round trip that read the client
 */
export function signAccessToken(
  { url, keys: { current } }: Issuer,
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
  const signed = `${current.header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const key = { key: current.key, dsaEncoding: 'ieee-p1363' } as const // RFC 7518 §3.4: r and s, side by side
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}
