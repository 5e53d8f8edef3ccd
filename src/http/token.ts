import { startGrace } from '../apps/index.ts'
import { authenticateRequest, grantClientCredentials, OAuthError, type TokenAnswer } from '../tokens/index.ts'
import type { OAuthDoor, OAuthRequest } from './oauth-endpoint.ts'

/**
 * `POST /oauth/token` (RFC 6749 §3.2): one query, one HMAC, one signature. What the use of an older secret, or the first
 * of a newer one, has to write comes on top, before the answer.
 */
export async function handleToken(door: OAuthDoor, { form, credentials, origin }: OAuthRequest): Promise<TokenAnswer> {
  const grantType = form.get('grant_type')
  if (grantType === null) throw new OAuthError('invalid_request', 'The grant_type is missing.')
  if (grantType !== 'client_credentials')
    throw new OAuthError('unsupported_grant_type', 'The client credentials grant is the one that this server knows.')
  const client = await authenticateRequest(door, credentials)
  const request = { scope: form.get('scope'), resource: form.get('resource') }
  const answer = grantClientCredentials(door.issuer, door.instance.catalogue, client, request)
  const { credential } = client
  if (credential.type === 'secret' && credential.startsGrace) {
    await startGrace(door.db, client, origin)
    door.wake(client.accountId)
  }
  await door.uses.note(client, { issued: true, ip: origin.ip })
  return answer
}
