import type { ServerResponse } from 'node:http'
import type { Issuer } from '../tokens/index.ts'
import { answerJson } from './answer.ts'

const PUBLIC = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }

/** `/.well-known/oauth-authorization-server` (RFC 8414 §2). */
export function answerMetadata({ url }: Issuer, response: ServerResponse): void {
  answerJson(
    response,
    200,
    {
      issuer: url,
      token_endpoint: `${url}/oauth/token`,
      jwks_uri: `${url}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    },
    PUBLIC,
  )
}

/** `/.well-known/jwks.json` (RFC 7517 §5). */
export function answerJwks({ keys }: Issuer, response: ServerResponse): void {
  answerJson(response, 200, keys.jwks, PUBLIC)
}
