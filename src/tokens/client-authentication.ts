import { authenticateClient, type Client, type ClientInstance } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import { OAuthError } from './oauth-error.ts'
import { type CredentialsRequest, readCredentials } from './shown-credentials.ts'

/** What it takes to tell clients apart. */
export type ClientAuthentication = { db: Database; instance: ClientInstance }

/**
 * Client authentication (RFC 6749 §2.3), the same at every endpoint: reads how the request shows who sends it, and
 * checks that.
 *
 * @throws OAuthError invalid_request for two methods at once, before any is tried; invalid_client for all that is wrong
 *   with the one, the same whatever it is (§5.2)
 */
export async function authenticateRequest(
  { db, instance }: ClientAuthentication,
  request: CredentialsRequest,
): Promise<Client> {
  const { clientId, clientSecret } = readCredentials(request)
  const client = await authenticateClient(db, instance, clientId, clientSecret)
  if (!client) throw new OAuthError('invalid_client', 'The client could not be authenticated.')
  return client
}
