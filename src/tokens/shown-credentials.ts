import { OAuthError } from './oauth-error.ts'

/** How a client shows who it is: one of the methods of RFC 6749 §2.3.1. */
export type ShownCredentials = {
  method: 'client_secret_basic' | 'client_secret_post'
  clientId: string
  clientSecret: string
}

/** The parts of a request that may say who sends it. */
export type CredentialsRequest = {
  /** The Authorization header, null without one. */
  authorization: string | null
  /** Of the body: null for what is not there. */
  parameter(name: string): string | null
}

/**
 * Takes a client's credentials out of a request: of all ways to authenticate one, and no second, not even as junk.
 * @throws OAuthError invalid_request for two methods at once; invalid_client where there is none, or a malformed one
 */
export function readCredentials({ authorization, parameter }: CredentialsRequest): ShownCredentials {
  const [clientId, clientSecret] = [parameter('client_id'), parameter('client_secret')]
  if (authorization !== null && clientSecret !== null)
    throw new OAuthError('invalid_request', 'Two ways of client authentication in one request: use one.')
  if (authorization !== null) {
    const credentials = readBasic(authorization)
    if (!credentials) throw new OAuthError('invalid_client', 'The client could not be authenticated.')
    if (clientId !== null && clientId !== credentials.clientId)
      throw new OAuthError('invalid_request', 'The client_id differs from that of the Authorization header.')
    return { ...credentials, method: 'client_secret_basic' }
  }
  if (clientId === null || clientSecret === null)
    throw new OAuthError('invalid_client', 'The client did not authenticate itself.')
  return { clientId, clientSecret, method: 'client_secret_post' }
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
