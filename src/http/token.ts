import type { IncomingMessage, ServerResponse } from 'node:http'
import { authenticateClient, type ClientInstance, startGrace, type UseLog } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import { grantClientCredentials, type Issuer, OAuthError, readClientSecret } from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { originOf } from './caller.ts'
import { addressOf, type TrustedProxies } from './client-address.ts'
import { readForm } from './form.ts'

export type TokenParts = {
  db: Database
  instance: ClientInstance
  issuer: Issuer
  uses: UseLog
  proxies: TrustedProxies
  /** Told of each account whose history has grown. */
  wake(accountId: string): void
}

/**
 * `POST /oauth/token` (RFC 6749 §3.2): one query, one HMAC, one signature. What the use of an older secret, or the first
 * of a newer one, has to write comes on top, before the answer.
 */
export async function handleToken(
  { db, instance, issuer, uses, proxies, wake }: TokenParts,
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
  const client = await authenticateClient(db, instance, clientId, clientSecret)
  if (!client) throw new OAuthError('invalid_client', 'The client could not be authenticated.')
  const answer = grantClientCredentials(issuer, client, {
    scope: form.get('scope'),
    resource: form.get('resource'),
  })
  const ip = addressOf(request, proxies)
  const { credential } = client
  if (credential.type === 'secret' && credential.startsGrace) {
    await startGrace(db, client, originOf(request, ip))
    wake(client.accountId)
  }
  await uses.note(client, { issued: true, ip })
  answerJson(response, 200, answer, { 'cache-control': 'no-store' })
}
