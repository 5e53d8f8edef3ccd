import { OAuthError } from './oauth-error.ts'

/** How a client shows who it is: by a secret (RFC 6749 §2.3.1), or by an assertion that it signed (RFC 7523 §2.2). */
export type ShownCredentials =
  | { method: 'client_secret_basic' | 'client_secret_post'; clientId: string; clientSecret: string }
  | { method: 'private_key_jwt'; clientId: string | null; assertion: string }

/** The parts of a request that may say who sends it. */
export type CredentialsRequest = {
  /** The Authorization header, null without one. */
  authorization: string | null
  /** Of the body: null for what is not there. */
  parameter(name: string): string | null
  /** Where it came from, in canonical form. */
  ip: string | null
}

export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Takes a client's credentials out of a request: of all ways to authenticate one, and no second, not even as junk
 * (RFC 6749 §2.3).
 * @throws OAuthError invalid_request for two methods at once, or half of one; invalid_client where there is none, an
 *   unknown or a malformed one
 */
export function readCredentials({ authorization, parameter }: CredentialsRequest): ShownCredentials {
  const [clientId, clientSecret] = [parameter('client_id'), parameter('client_secret')]
  const [assertionType, assertion] = [parameter('client_assertion_type'), parameter('client_assertion')]
  const shown = [authorization, clientSecret, assertionType ?? assertion].filter((one) => one !== null)
  if (shown.length > 1)
    throw new OAuthError('invalid_request', 'Two ways of client authentication in one request: use one.')
  if (authorization !== null) return { ...fromHeader(authorization, clientId), method: 'client_secret_basic' }
  if (assertionType !== null || assertion !== null) {
    if (assertionType === null || assertion === null)
      throw new OAuthError('invalid_request', 'client_assertion and client_assertion_type go together.')
    if (assertionType !== JWT_BEARER) throw notAuthenticated()
    return { method: 'private_key_jwt', clientId, assertion }
  }
  if (clientId === null || clientSecret === null)
    throw new OAuthError('invalid_client', 'The client did not authenticate itself.')
  return { clientId, clientSecret, method: 'client_secret_post' }
}

/**
 * What every refused client is told, whatever was wrong (RFC 6749 §5.2).
 * @param retryAfter seconds, after too many failures: it is still the client that could not be authenticated, since the
 *   right credential passes whatever was tried before
 */
export function notAuthenticated(retryAfter: number | null = null): OAuthError {
  const message = 'The client could not be authenticated.'
  if (retryAfter === null) return new OAuthError('invalid_client', message)
  const wait = `${message} There were too many failed attempts: try again in ${retryAfter} seconds.`
  return new OAuthError('invalid_client', wait, { retryAfter })
}

function fromHeader(authorization: string, clientId: string | null): { clientId: string; clientSecret: string } {
  const credentials = readBasic(authorization)
  if (!credentials) throw notAuthenticated()
  if (clientId !== null && clientId !== credentials.clientId)
    throw new OAuthError('invalid_request', 'The client_id differs from that of the Authorization header.')
  return credentials
}

/** RFC 7617, with both parts form-encoded as RFC 6749 §2.3.1 asks. */
function readBasic(authorization: string): { clientId: string; clientSecret: string } | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const decoded = encoded ? Buffer.from(encoded, 'base64').toString() : ''
  const colon = decoded.indexOf(':')
  if (colon < 0) return null
  try {
    const [clientId = '', clientSecret = ''] = [decoded.slice(0, colon), decoded.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' ')),
    )
    return { clientId, clientSecret }
  } catch {
    return null
  }
}
