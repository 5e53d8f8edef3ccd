import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { type Database, databaseNow, keys } from '../database/index.ts'
import { makeFirstAuditKey } from './audit-key.ts'
import { type RecoveryMarker, readRecoveryMarker } from './recovery-marker.ts'
import { fingerprint } from './seal.ts'
import type { SigningKey } from './signing-key.ts'
import { type SigningSettings, withSettings } from './signing-schedule.ts'
import { changingKeys, openSigningKeys, reschedule } from './stored-keys.ts'
import { type KeyKind, KeysSealed, openKey, type Wrapping, wrapKey } from './wrapping.ts'

/** A new one would end all client secrets without a word. */
const NO_SECRET_MAC =
  'The key of the client secrets (secret-mac) is missing in the table "keys". Restore the table from a backup. ' +
  'Where there is none, npm run keys -- recover makes new keys (docs/keys.md).'

/** The instance's working keys, in the clear: in memory alone. */
export type WorkingKeys = {
  secretMac: Uint8Array
  cursorMac: Uint8Array
  /** Seals what an idempotent mutation answered, for as long as it may be answered again. */
  answerSeal: Uint8Array
  /** In the order in which they sign. */
  tokenSigning: SigningKey[]
  recovery: RecoveryMarker
  /** How many ENCRYPTION_KEY_PREVIOUS had sealed, and ENCRYPTION_KEY has now. */
  resealed: number
}

/**
 * Opens the instance's working keys and makes the missing ones: random, once, the same for every gateway. What
 * ENCRYPTION_KEY_PREVIOUS had wrapped is wrapped anew, all rows in one transaction; the keys themselves never change by that.
 * Token signing keys are scheduled by the settings.
 *
 * @throws KeysSealed with a sentence where a key cannot be unwrapped
 */
export function openWorkingKeys(db: Database, wrapping: Wrapping, settings: SigningSettings): Promise<WorkingKeys> {
  return changingKeys(db, (tx) => openKeysIn(tx, wrapping, settings))
}

/** As openWorkingKeys, in a transaction that holds the keys' lock. */
export async function openKeysIn(tx: Database, wrapping: Wrapping, settings: SigningSettings): Promise<WorkingKeys> {
  const opened = new Map<KeyKind, Uint8Array>()
  let resealed = 0
  for (const row of await tx.select().from(keys).orderBy(asc(keys.createdAt), asc(keys.id))) {
    const bytes = openKey(row, wrapping)
    opened.set(row.kind, bytes)
    if (row.wrappedBy === fingerprint(wrapping.current)) continue
    resealed += 1
    await tx
      .update(keys)
      .set(wrapKey(row, bytes, wrapping.current))
      .where(eq(keys.id, row.id))
  }
  if (opened.size > 0 && !opened.has('secret-mac')) throw new KeysSealed(NO_SECRET_MAC)
  const createdAt = await databaseNow(tx)
  const random = async (kind: KeyKind): Promise<Uint8Array> => {
    const known = opened.get(kind)
    if (known) return known
    const [row, bytes] = [{ id: randomUUIDv7(), kind, createdAt }, new Uint8Array(randomBytes(32))]
    await tx.insert(keys).values({ ...row, ...wrapKey(row, bytes, wrapping.current) })
    return bytes
  }
  const secretMac = await random('secret-mac')
  const cursorMac = await random('cursor-mac')
  const answerSeal = await random('answer-seal')
  await makeFirstAuditKey(tx, wrapping, createdAt)
  const scheduled = await reschedule(tx, wrapping, (stored, now) => withSettings(stored, now, settings))
  const tokenSigning = await openSigningKeys(tx, scheduled, wrapping)
  return { secretMac, cursorMac, answerSeal, tokenSigning, recovery: await readRecoveryMarker(tx, secretMac), resealed }
}
