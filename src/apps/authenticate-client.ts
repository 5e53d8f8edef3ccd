import type { Database } from '../database/index.ts'
import { type ClientState, findClient, type SecretState } from './find-client.ts'
import { isSecretRight, parseSecret } from './secret.ts'

/** An app that has shown who it is, and all that a token for it needs. */
export type Client = Pick<
  ClientState,
  'accountId' | 'appId' | 'clientId' | 'name' | 'tokenLifetime' | 'tokenGeneration' | 'scopes' | 'now'
> & {
  /** What it has shown: a token made with it names it. */
  credential: ClientCredential
}

export type ClientCredential =
  | ({ type: 'secret' } & Pick<SecretState, 'id' | 'current' | 'lastUsedAt' | 'startsGrace'>)
  | { type: 'key'; id: string }

/** The form of the client ids that createApp makes. */
const CLIENT_ID = /^ch_[0-9a-hjkmnp-tv-z]{26}$/

/**
 * Client authentication by a secret (RFC 6749 §2.3.1): one query, one HMAC.
 * @returns null for an unknown, deleted or disabled client, and for a wrong, ended, disabled or mistyped secret: the same
 *   in each case, in like time, but that what no mint of ours made is refused before anything costs
 */
export async function authenticateClient(
  db: Database,
  secretMac: Uint8Array,
  clientId: string,
  clientSecret: string,
): Promise<Client | null> {
  const parsed = parseSecret(clientSecret)
  if (!parsed || !CLIENT_ID.test(clientId)) return null
  const state = await findClient(db, clientId, { secretId: parsed.id })
  const right = isSecretRight(secretMac, clientSecret, state?.secret?.mac ?? null)
  if (!state?.secret || !right || !state.active || !state.secret.live || !state.secret.enabled) return null
  const { id, current, lastUsedAt, startsGrace } = state.secret
  return clientOf(state, { type: 'secret', id, current, lastUsedAt, startsGrace })
}

function clientOf(state: ClientState, credential: ClientCredential): Client {
  const { accountId, appId, clientId, name, tokenLifetime, tokenGeneration, scopes, now } = state
  return { accountId, appId, clientId, name, tokenLifetime, tokenGeneration, scopes, now, credential }
}
