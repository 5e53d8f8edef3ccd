import { createHash } from 'node:crypto'
import { and, eq, isNull, lte, or } from 'drizzle-orm'
import { compactVerify, importJWK } from 'jose'
import {
  assertionAlgorithms,
  type Client,
  type ClientKey,
  type ClientState,
  clientOf,
  findClient,
  isClientId,
} from '../apps/index.ts'
import { appKeys, type Database, inAccount, usedAssertions } from '../database/index.ts'
import { type ClientAssertion, isTimely, overAt, readAssertion } from './read-assertion.ts'
import { standInFor } from './stand-in-keys.ts'

/** The use of a key is written no oftener. */
const ONCE_A_MINUTE_MS = 60_000

/**
 * Client authentication by an assertion that the client signed with a key of its own (RFC 7523 §2.2 and §3, held to the
 * strict reading of draft-ietf-oauth-rfc7523bis and RFC 8725). One query; for one that is right, a transaction that
 * spends it: each `jti` opens once, across all gateways and restarts.
 *
 * @param issuerUrl what the assertion has to be for
 * @param shown.clientId the client_id parameter, where there is one: the assertion's own then
 * @returns null for all that is wrong with it, an unknown, deleted or disabled client included
 */
export async function authenticateByAssertion(
  db: Database,
  issuerUrl: string,
  shown: { clientId: string | null; assertion: string },
): Promise<Client | null> {
  const assertion = readAssertion(issuerUrl, shown.assertion)
  if (!assertion || !isClientId(assertion.clientId)) return null
  if (shown.clientId !== null && shown.clientId !== assertion.clientId) return null
  const state = await findClient(db, assertion.clientId, { secretId: null, withKeys: true })
  const key = await findSigner(state?.keys ?? [], assertion)
  if (!state?.active || !key || !isTimely(assertion, state.now)) return null
  const isFresh = await spend(db, state, key, assertion)
  return isFresh ? clientOf(state, { type: 'key', id: key.id }) : null
}

/** Which of the client's keys signed it: one of the named kid, or without one, and of the algorithm that it is for. */
async function findSigner(keys: readonly ClientKey[], assertion: ClientAssertion): Promise<ClientKey | null> {
  const { algorithm, kid } = assertion
  const fitting = keys.filter(
    (key) =>
      assertionAlgorithms(key.algorithm).includes(algorithm) && (kid === null || key.kid === null || key.kid === kid),
  )
  for (const key of fitting) if (await isSignedBy(key, assertion)) return key
  if (fitting.length === 0) for (const key of standInFor(algorithm)) await isSignedBy(key, assertion)
  return null
}

async function isSignedBy({ jwk }: ClientKey, { compact, algorithm }: ClientAssertion): Promise<boolean> {
  try {
    await compactVerify(compact, await importJWK(jwk, algorithm), { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

/**
 * Marks an assertion as used, and its key. Of many at once with one `jti`, the first alone gets by: the others wait for
 * its commit. After the signature, so that nobody else can spend a client's `jti` or fill the table.
 */
function spend(db: Database, client: ClientState, key: ClientKey, assertion: ClientAssertion): Promise<boolean> {
  const { accountId, appId, now } = client
  const jtiHash = new Uint8Array(createHash('sha256').update(assertion.jti).digest())
  const minuteAgo = new Date(now.getTime() - ONCE_A_MINUTE_MS)
  const dueNote = or(isNull(appKeys.lastUsedAt), lte(appKeys.lastUsedAt, minuteAgo))
  return inAccount(db, accountId, async (tx) => {
    const [spent] = await tx
      .insert(usedAssertions)
      .values({ accountId, appId, jtiHash, expiresAt: overAt(assertion) })
      .onConflictDoNothing()
      .returning({ appId: usedAssertions.appId })
    if (!spent) return false
    await tx
      .update(appKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(appKeys.accountId, accountId), eq(appKeys.id, key.id), dueNote))
    return true
  })
}
