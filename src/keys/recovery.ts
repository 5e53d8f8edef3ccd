import { isNotNull, sql } from 'drizzle-orm'
import { type Database, idempotencyKeys, inSystem, keys, rows, secrets } from '../database/index.ts'
import {
  type RecoveryMarker,
  readRecoveryMarker,
  removeRecoveryMarker,
  writeRecoveryMarker,
} from './recovery-marker.ts'
import type { SigningSettings } from './signing-schedule.ts'
import { changingKeys, openSecretMac } from './stored-keys.ts'
import { openKeysIn } from './working-keys.ts'
import type { Wrapping } from './wrapping.ts'

/** `waiting`: live client secrets that have no MAC yet, because they were not shown since. */
export type RecoveryState = RecoveryMarker & { waiting: number }

/**
 * After the loss of ENCRYPTION_KEY: makes new working keys of every kind, and turns recovery on: client secrets are told
 * by their slow hash once, and get a MAC under the new key. All access tokens, cursors and sealed answers are over;
 * secrets, sessions, people, apps and the history stay. Gateways must not run meanwhile: they would go on with old keys.
 *
 * @returns how many secrets wait to be shown
 */
export function recoverKeys(db: Database, wrapping: Wrapping, settings: SigningSettings): Promise<number> {
  return changingKeys(db, async (tx) => {
    await tx.delete(keys)
    const { secretMac } = await openKeysIn(tx, wrapping, settings)
    await writeRecoveryMarker(tx, secretMac)
    await tx.update(secrets).set({ mac: null }).where(isNotNull(secrets.mac))
    await tx.update(idempotencyKeys).set({ sealedSecret: null }).where(isNotNull(idempotencyKeys.sealedSecret))
    return countWaiting(tx)
  })
}

/**
 * Turns recovery off where every live secret has its MAC again; with `early` whatever waits: secrets that were not shown
 * open nothing from then on, until they are rotated.
 * @returns whether it was on, and is off now
 */
export function endRecovery(db: Database, wrapping: Wrapping, early = false): Promise<boolean> {
  return changingKeys(db, async (tx) => {
    const { since } = await readRecoveryMarker(tx, await openSecretMac(tx, wrapping))
    if (since === null || (!early && (await countWaiting(tx)) > 0)) return false
    await removeRecoveryMarker(tx)
    return true
  })
}

/** @throws KeysSealed */
export function recoveryState(db: Database, wrapping: Wrapping): Promise<RecoveryState> {
  return inSystem(db, async (tx) => ({
    ...(await readRecoveryMarker(tx, await openSecretMac(tx, wrapping))),
    waiting: await countWaiting(tx),
  }))
}

/** Sessions of Chatelaine on this database, but for the one that asks. */
export async function otherSessions(db: Database): Promise<number> {
  const [row] = await rows<{ count: string }>(
    db,
    sql`select count(*)::text as count from pg_stat_activity
      where datname = current_database() and application_name = 'chatelaine' and pid <> pg_backend_pid()`,
  )
  return Number(row?.count ?? 0)
}

async function countWaiting(tx: Database): Promise<number> {
  const [row] = await rows<{ count: string }>(
    tx,
    sql`select count(*)::text as count from secrets s join apps a on a.account_id = s.account_id and a.id = s.app_id
      where s.mac is null and s.revoked_at is null and a.deleted_at is null
        and (s.expires_at is null or s.expires_at > clock_timestamp())`,
  )
  return Number(row?.count ?? 0)
}
