import { authenticateRequest, OAuthError, revokeToken } from '../tokens/index.ts'
import type { OAuthDoor, OAuthRequest } from './oauth-endpoint.ts'

/**
 * `POST /oauth/revoke` (RFC 7009 §2). 200 whatever the token was (§2.2): the client's wish holds. `token_type_hint` is of
 * no use where there is one type of token, so unsupported_token_type is never answered.
 */
export async function handleRevocation(door: OAuthDoor, { form, credentials, origin }: OAuthRequest): Promise<object> {
  const client = await authenticateRequest(door, credentials)
  await door.uses.note(client, { issued: false, ip: origin.ip })
  const token = form.get('token')
  if (token === null) throw new OAuthError('invalid_request', 'The token is missing.')
  if (await revokeToken(door.db, door.issuer, client, origin, token)) door.wake(client.accountId)
  return {}
}
