import { authenticateClient, type Client, type ClientInstance, isClientId } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import type { Issuer } from './access-token.ts'
import type { FailedAuthentications } from './failed-authentications.ts'
import { authenticateByAssertion } from './private-key-jwt.ts'
import { claimedClient } from './read-assertion.ts'
import {
  type CredentialsRequest,
  notAuthenticated,
  readCredentials,
  type ShownCredentials,
} from './shown-credentials.ts'

/** What it takes to tell clients apart. */
export type ClientAuthentication = {
  db: Database
  instance: ClientInstance
  issuer: Issuer
  failures: FailedAuthentications
}

/**
 * Client authentication (RFC 6749 §2.3), the same at every endpoint: reads how the request shows who sends it, and
 * checks that.
 *
 * @throws OAuthError invalid_request for two methods at once, before any is tried; invalid_client for all that is wrong
 *   with the one, the same whatever it is (§5.2), with retryAfter where too many have failed before
 */
export async function authenticateRequest(
  { db, instance, issuer, failures }: ClientAuthentication,
  request: CredentialsRequest,
): Promise<Client> {
  const shown = readCredentials(request)
  const client =
    shown.method === 'private_key_jwt'
      ? await authenticateByAssertion(db, issuer.url, shown)
      : await authenticateClient(db, instance, shown.clientId, shown.clientSecret)
  if (client) return client
  const { method } = shown
  throw notAuthenticated(await failures.note({ clientId: clientIdOf(shown), method, ip: request.ip }))
}

/** Which client it says that it is; null for what is no client id. */
function clientIdOf(shown: ShownCredentials): string | null {
  const claimed = shown.method === 'private_key_jwt' ? claimedClient(shown.assertion) : shown.clientId
  return claimed !== null && isClientId(claimed) ? claimed : null
}
