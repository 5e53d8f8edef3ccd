import type { Caller, Origin } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { type ClientState, findClient, type SecretState } from './find-client.ts'
import { type Recovery, recoverSecret } from './recover-secret.ts'
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

/** What telling clients needs of the instance. */
export type ClientInstance = { secretMac: Uint8Array; recovery: Recovery }

/** Whether a text has the form of the client ids that createApp makes: any other is nobody's. */
export function isClientId(text: string): boolean {
  return /^ch_[0-9a-hjkmnp-tv-z]{26}$/.test(text)
}

/**
 * Client authentication by a secret (RFC 6749 §2.3.1): one query, one HMAC. After a recovery the first right use of a
 * secret takes a slow hash, a write and a second query more (recoverSecret).
 * @returns null for an unknown, deleted or disabled client, and for a wrong, ended, disabled or mistyped secret: the same
 *   in each case, in like time, but that what no mint of ours made is refused before anything costs
 * @throws Fault UNAVAILABLE during a recovery, when too many wait for their slow hash
 */
export async function authenticateClient(
  db: Database,
  instance: ClientInstance,
  clientId: string,
  clientSecret: string,
): Promise<Client | null> {
  const parsed = parseSecret(clientSecret)
  if (!parsed || !isClientId(clientId)) return null
  const look = () => findClient(db, clientId, { secretId: parsed.id })
  let state = await look()
  if (await recoverSecret(db, instance, state, clientSecret)) state = await look()
  const right = isSecretRight(instance.secretMac, clientSecret, state?.secret?.mac ?? null)
  if (!state?.secret || !right || !state.active || !state.secret.live || !state.secret.enabled) return null
  const { id, current, lastUsedAt, startsGrace } = state.secret
  return clientOf(state, { type: 'secret', id, current, lastUsedAt, startsGrace })
}

/** The app, doing what needs no permission: using a credential of its own, ending a token of its own. */
export function clientCaller({ accountId, appId, name, scopes, credential }: Client, origin: Origin): Caller {
  return {
    accountId,
    actor: { type: 'APP', id: appId, name },
    role: null,
    permissions: new Set(),
    scopes,
    credential: { type: credential.type, id: credential.id },
    origin,
  }
}

/** A client that has shown a credential of this app's. */
export function clientOf(state: ClientState, credential: ClientCredential): Client {
  const { accountId, appId, clientId, name, tokenLifetime, tokenGeneration, scopes, now } = state
  return { accountId, appId, clientId, name, tokenLifetime, tokenGeneration, scopes, now, credential }
}
