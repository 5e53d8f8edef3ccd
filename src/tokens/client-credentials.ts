import type { Client } from '../apps/index.ts'
import { type Catalogue, isHeld } from '../scopes/index.ts'
import { type Issuer, signAccessToken } from './access-token.ts'
import { OAuthError } from './oauth-error.ts'

/** RFC 6749 §5.1. `scope` is left out where there is none. */
export type TokenAnswer = { access_token: string; token_type: 'Bearer'; expires_in: number; scope?: string }

/**
 * The client credentials grant (RFC 6749 §4.4), for a client that has shown who it is.
 *
 * A scope that the catalogue has lost opens nothing, so no token has it.
 *
 * @param request.scope space-separated, narrows what the app has; null for all of it. Below a wildcard of the app's it may
 *   name whatever the catalogue has there
 * @param request.resource the audience (RFC 8707); null for the first of RESOURCES
 * @throws OAuthError invalid_scope (§5.2), invalid_target (RFC 8707 §2)
 */
export function grantClientCredentials(
  issuer: Issuer,
  catalogue: Catalogue,
  client: Client,
  request: { scope: string | null; resource: string | null },
): TokenAnswer {
  const scopes =
    request.scope === null
      ? client.scopes.filter((name) => catalogue.scope(name))
      : narrow(catalogue, client.scopes, request.scope)
  const audience = request.resource ?? issuer.resources[0] ?? issuer.url
  if (request.resource !== null && !issuer.resources.includes(request.resource))
    throw new OAuthError('invalid_target', 'This server issues no tokens for that resource.')
  return {
    access_token: signAccessToken(issuer, client, audience, scopes),
    token_type: 'Bearer',
    expires_in: client.tokenLifetime,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
}

/** RFC 6749 §3.3: names of printable ASCII but `"` and `\`, each once, one space between. */
function narrow(catalogue: Catalogue, held: readonly string[], scope: string): string[] {
  const asked = scope.split(' ')
  if (asked.some((name) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name)))
    throw new OAuthError('invalid_scope', 'The scope is not a list of names with one space between.')
  if (new Set(asked).size < asked.length) throw new OAuthError('invalid_scope', 'The scope names one twice.')
  if (!asked.every((name) => isHeld(held, name) && catalogue.scope(name)))
    throw new OAuthError('invalid_scope', 'The scope names one that the client does not have.')
  return asked
}
