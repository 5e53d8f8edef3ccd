import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticateClient } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import { grantClientCredentials, type Issuer, OAuthError, readClientSecret } from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { readForm } from './form.ts'

/** `POST /oauth/token` (RFC 6749 §3.2): one query, one HMAC, one signature. */
export async function handleToken(
  db: Database,
  secretMac: Uint8Array,
  issuer: Issuer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = await readForm(request)
  const grantType = form.get('grant_type')
  if (grantType === null) throw new OAuthError('invalid_request', 'The grant_type is missing.')
  if (grantType !== 'client_credentials')
    throw new OAuthError('unsupported_grant_type', 'The client credentials grant is the one that this server knows.')
  const { clientId, clientSecret } = readClientSecret(request.headers.authorization ?? null, {
    clientId: form.get('client_id'),
    clientSecret: form.get('client_secret'),
  })
  const client = await authenticateClient(db, secretMac, clientId, clientSecret)
  if (!client) throw new OAuthError('invalid_client', 'The client could not be authenticated.')
  const answer = grantClientCredentials(issuer, client, {
    scope: form.get('scope'),
    resource: form.get('resource'),
  })
  answerJson(response, 200, answer, { 'cache-control': 'no-store' })
}
