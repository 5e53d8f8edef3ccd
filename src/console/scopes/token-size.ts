/** From here on a token may be too large: proxies and servers commonly allow 4 to 8 kB for all headers of a request. */
export const LARGE_TOKEN_BYTES = 4096

/** What stands in for what is not known before the token is made: only its length counts. */
const UUID = '00000000-0000-0000-0000-000000000000'
const THUMBPRINT = 'x'.repeat(43)
const CLIENT_ID = 'x'.repeat(29)
const SECONDS = 2_000_000_000
/** ES256 and EdDSA; RS256 has 256 octets. */
const SIGNATURE_OCTETS = 64

/**
 * About how long an access token (RFC 9068) for these scopes is, in bytes: header, claims and signature in base64url with
 * two dots (RFC 7515 §7.1). A token that was asked for with fewer scopes is shorter.
 *
 * @param issuer the `iss`, which also stands in for the audience
 */
export function tokenSize(scopes: readonly string[], issuer: string): number {
  const header = { alg: 'ES256', typ: 'at+jwt', kid: THUMBPRINT }
  const claims = {
    iss: issuer,
    sub: CLIENT_ID,
    client_id: CLIENT_ID,
    aud: issuer,
    iat: SECONDS,
    exp: SECONDS,
    jti: UUID,
    account_id: UUID,
    secret_id: UUID,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
  return base64urlLength(octets(header)) + base64urlLength(octets(claims)) + base64urlLength(SIGNATURE_OCTETS) + 2
}

function octets(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

function base64urlLength(count: number): number {
  return Math.ceil((count * 4) / 3)
}
