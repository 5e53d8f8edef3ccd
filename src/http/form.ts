import type { IncomingMessage } from 'node:http'
import { OAuthError } from '../tokens/index.ts'
import { mediaTypeOf, readBody } from './body.ts'

const MAX_BODY = 65_536
const CREDENTIALS = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'token', 'grant_type']

/** The parameters of a request to an OAuth endpoint: empty ones count as left out (RFC 6749 §3.2). */
export type Form = { get(name: string): string | null }

/**
 * Reads a form-encoded request (RFC 6749 Appendix B).
 * @throws OAuthError invalid_request for another media type, a parameter given twice, and credentials in the URL;
 *   invalid_target for two resources (RFC 8707 §2); BodyTooLarge over 64 KiB
 */
export async function readForm(request: IncomingMessage): Promise<Form> {
  if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded')
    throw new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded in the body.')
  const [, inUrl] = request.url?.split('?') ?? []
  if (inUrl !== undefined && CREDENTIALS.some((name) => new URLSearchParams(inUrl).has(name)))
    throw new OAuthError('invalid_request', 'Parameters belong in the body, never in the URL.')
  const parameters = new URLSearchParams(await readBody(request, MAX_BODY))
  const seen = new Set<string>()
  for (const name of parameters.keys()) {
    if (seen.has(name)) throw givenTwice(name)
    seen.add(name)
  }
  return { get: (name) => parameters.get(name) || null }
}

/** RFC 8707 §2 lets `resource` come more than once, and a server refuse what it does not do: a token here is for one. */
function givenTwice(name: string): OAuthError {
  if (name === 'resource') return new OAuthError('invalid_target', 'A token is for one resource: ask for one.')
  return new OAuthError('invalid_request', 'A parameter is given twice.')
}
