import { type Client, clientCaller } from '../apps/index.ts'
import { recordEvent } from '../audit/index.ts'
import type { Origin } from '../caller.ts'
import { type Database, databaseNow, inAccount, revokedTokens } from '../database/index.ts'
import type { Issuer } from './access-token.ts'
import { stateOf } from './is-active.ts'
import { readAccessToken } from './read-access-token.ts'

/**
 * Ends one access token of the client's own before its time (RFC 7009 §2.1), on every gateway from this answer on.
 * Event: TOKEN_REVOKED, by the app.
 *
 * What is unknown, another client's, over or ended already is left alone: revoking it has no effect, and is no mistake
 * (§2.2). A token that only rests, because its secret is switched off, is ended too: it would come back otherwise.
 *
 * @returns whether there was something to end: the account's history has grown
 */
export async function revokeToken(
  db: Database,
  issuer: Issuer,
  client: Client,
  origin: Origin,
  token: string,
): Promise<boolean> {
  const { claims } = await readAccessToken(issuer, token)
  const expiresAt = new Date((claims?.exp ?? 0) * 1000)
  if (!claims || claims.client_id !== client.clientId || expiresAt <= client.now) return false
  const state = await stateOf(db, claims)
  if (!state.active && state.forGood) return false
  const { accountId, appId, name } = client
  return inAccount(db, accountId, async (tx) => {
    const [revoked] = await tx
      .insert(revokedTokens)
      .values({ accountId, tokenId: claims.jti, expiresAt })
      .onConflictDoNothing() // of two at once, one ends it and tells
      .returning({ tokenId: revokedTokens.tokenId })
    if (!revoked) return false
    await recordEvent(tx, clientCaller(client, origin), await databaseNow(tx), {
      type: 'TOKEN_REVOKED',
      resource: { type: 'App', id: appId, name },
      appId,
      changes: [{ field: 'token', before: { jti: claims.jti, expiresAt: expiresAt.toISOString() }, after: null }],
    })
    return true
  })
}
