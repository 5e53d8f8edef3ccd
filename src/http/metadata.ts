import type { IncomingMessage, ServerResponse } from 'node:http'
import { ASSERTION_ALGORITHMS, type Issuer } from '../tokens/index.ts'
import { answerPublicDocument } from './public-document.ts'

const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']

/**
 * `/.well-known/oauth-authorization-server` (RFC 8414 §2). Without scopes_supported: there are thousands, which the
 * catalogue lists (GraphQL's `scopes`); and without the resources, which are the operator's to tell.
 */
export function answerMetadata({ url }: Issuer, request: IncomingMessage, response: ServerResponse): void {
  answerPublicDocument(request, response, {
    issuer: url,
    token_endpoint: `${url}/oauth/token`,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint: `${url}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: [...AUTH_METHODS, 'Bearer'],
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint: `${url}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
  })
}

/** `/.well-known/jwks.json` (RFC 7517 §5): the next key, the current one, those before it, newest first. */
export function answerJwks({ keys }: Issuer, request: IncomingMessage, response: ServerResponse): void {
  answerPublicDocument(request, response, keys.jwks())
}

/**
 * Where the metadata is found: an issuer's path, where it has one, comes last (RFC 8414 §3.1), or first, which a proxy
 * takes away that gives us a path of its own.
 */
export function metadataPathsOf({ url }: Issuer): string[] {
  const path = '/.well-known/oauth-authorization-server'
  return [path, path + new URL(url).pathname.replace(/\/$/, '')]
}
