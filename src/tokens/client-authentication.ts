import { authenticateClient, type Client, type ClientInstance } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import type { Issuer } from './access-token.ts'
import { authenticateByAssertion } from './private-key-jwt.ts'
import { type CredentialsRequest, notAuthenticated, readCredentials } from './shown-credentials.ts'

/** What it takes to tell clients apart. */
export type ClientAuthentication = { db: Database; instance: ClientInstance; issuer: Issuer }

/**
 * Client authentication (RFC 6749 §2.3), the same at every endpoint: reads how the request shows who sends it, and
 * checks that.
 *
 * @throws OAuthError invalid_request for two methods at once, before any is tried; invalid_client for all that is wrong
 *   with the one, the same whatever it is (§5.2)
 */
export async function authenticateRequest(
  { db, instance, issuer }: ClientAuthentication,
  request: CredentialsRequest,
): Promise<Client> {
  const shown = readCredentials(request)
  const client =
    shown.method === 'private_key_jwt'
      ? await authenticateByAssertion(db, issuer.url, shown)
      : await authenticateClient(db, instance, shown.clientId, shown.clientSecret)
  if (!client) throw notAuthenticated()
  return client
}
