import type { LoadRequest } from 'autocannon'
import type { ClientSecret } from './clients.ts'

/** The plainest form of a request for a token. */
export function tokenRequest({ clientId, clientSecret }: ClientSecret): LoadRequest {
  return {
    method: 'POST',
    path: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`,
  }
}
