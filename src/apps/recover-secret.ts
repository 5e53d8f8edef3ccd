import { and, eq, isNull } from 'drizzle-orm'
import { type Database, inAccount, secrets } from '../database/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import type { ClientState } from './find-client.ts'
import { macOf } from './secret.ts'

/** What is known of a loss of the MAC key: `npm run keys -- recover` leaves all secrets without a MAC. */
export type Recovery = {
  /** Whether slow hashes may decide: only while the instance's sealed marker says so. */
  isOn(): boolean
  /** A queue of its own: a flood of wrong secrets keeps no person from signing in. */
  slowHash: Pick<SlowHash, 'verify'>
}

/**
 * Gives a secret without a MAC its MAC, where recovery is on and the slow hash says that it is the right one. It decides
 * nothing: look at the client again, and the MAC decides, as ever. Secrets that open nothing cost no hash: who
 * knows no secret's id learns nothing from the time that it takes, and fills no queue.
 *
 * @returns whether a MAC was written
 * @throws Fault UNAVAILABLE when too many wait for their hash
 */
export async function recoverSecret(
  db: Database,
  instance: { secretMac: Uint8Array; recovery: Recovery },
  state: ClientState | null,
  presented: string,
): Promise<boolean> {
  const secret = state?.secret
  if (!secret || secret.mac !== null || secret.hash === null || !instance.recovery.isOn()) return false
  if (!state.active || !secret.live || !secret.enabled) return false
  if (!(await instance.recovery.slowHash.verify(secret.hash, presented))) return false
  const mac = macOf(instance.secretMac, presented)
  const { accountId } = state
  const withoutMac = and(eq(secrets.accountId, accountId), eq(secrets.id, secret.id), isNull(secrets.mac))
  await inAccount(db, accountId, (tx) => tx.update(secrets).set({ mac }).where(withoutMac))
  return true
}
