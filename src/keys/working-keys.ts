import { generateKeyPairSync, randomBytes, randomUUIDv7 } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { type Database, databaseNow, inSystem, keys } from '../database/index.ts'
import { fingerprint, seal, unseal } from './seal.ts'

export type KeyKind = (typeof keys.$inferSelect)['kind']
export type WorkingKey = { id: string; kind: KeyKind; bytes: Uint8Array; createdAt: Date }
/** The instance's working keys, in the clear: in memory alone. */
export type WorkingKeys = {
  secretMac: Uint8Array
  cursorMac: Uint8Array
  /** Seals what an idempotent mutation answered, for as long as it may be answered again. */
  answerSeal: Uint8Array
  tokenSigning: WorkingKey[]
}

/** Why the keys could not be opened, for the operator. */
export class KeysSealed extends Error {
  override readonly name = 'KeysSealed'
}

/**
 * Opens the instance's working keys and makes the missing ones: random, once, the same for every gateway. What
 * ENCRYPTION_KEY_PREVIOUS had wrapped is wrapped anew, all rows in one transaction; the keys themselves never change by that.
 * Call it while the migration's lock is held, or two gateways would both make keys.
 *
 * @param wrapping.current, wrapping.previous 32 bytes each: ENCRYPTION_KEY and ENCRYPTION_KEY_PREVIOUS
 * @throws KeysSealed with a sentence where a key cannot be unwrapped
 */
export function openWorkingKeys(
  db: Database,
  wrapping: { current: Uint8Array; previous: Uint8Array | null },
): Promise<WorkingKeys> {
  return inSystem(db, async (tx) => {
    const known = [wrapping.current, ...(wrapping.previous ? [wrapping.previous] : [])]
    const byFingerprint = new Map(known.map((wrappingKey) => [fingerprint(wrappingKey), wrappingKey]))
    const opened: WorkingKey[] = []
    for (const row of await tx.select().from(keys).orderBy(asc(keys.createdAt), asc(keys.id)).for('update')) {
      const bytes = openKey(row, byFingerprint.get(row.wrappedBy))
      opened.push({ id: row.id, kind: row.kind, bytes, createdAt: row.createdAt })
      if (row.wrappedBy === fingerprint(wrapping.current)) continue
      await tx
        .update(keys)
        .set(wrap(row, bytes, wrapping.current))
        .where(eq(keys.id, row.id))
    }
    const now = await databaseNow(tx)
    const ofKind = async (kind: KeyKind, make: () => Uint8Array): Promise<[WorkingKey, ...WorkingKey[]]> => {
      const [first, ...others] = opened.filter((candidate) => candidate.kind === kind)
      if (first) return [first, ...others]
      const made = { id: randomUUIDv7(), kind, bytes: make(), createdAt: now }
      await tx.insert(keys).values({ id: made.id, kind, createdAt: now, ...wrap(made, made.bytes, wrapping.current) })
      return [made]
    }
    const [secretMac] = await ofKind('secret-mac', () => new Uint8Array(randomBytes(32)))
    const [cursorMac] = await ofKind('cursor-mac', () => new Uint8Array(randomBytes(32)))
    const [answerSeal] = await ofKind('answer-seal', () => new Uint8Array(randomBytes(32)))
    const tokenSigning = await ofKind('token-signing', makeSigningKey)
    return { secretMac: secretMac.bytes, cursorMac: cursorMac.bytes, answerSeal: answerSeal.bytes, tokenSigning }
  })
}

/** An EC P-256 private key for ES256 (RFC 7518 §3.4), PKCS #8 DER. */
function makeSigningKey(): Uint8Array {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
}

function contextOf(row: { id: string; kind: KeyKind }, wrappedBy: string): string {
  return `chatelaine key ${row.kind} ${row.id} ${wrappedBy}`
}

function wrap(row: { id: string; kind: KeyKind }, bytes: Uint8Array, wrappingKey: Uint8Array) {
  const wrappedBy = fingerprint(wrappingKey)
  return { sealed: seal(wrappingKey, contextOf(row, wrappedBy), bytes), wrappedBy }
}

function openKey(row: typeof keys.$inferSelect, wrappingKey: Uint8Array | undefined): Uint8Array {
  if (!wrappingKey)
    throw new KeysSealed(
      'ENCRYPTION_KEY is not the key that sealed this database. Set the right one, or, where it was changed on purpose, set ENCRYPTION_KEY_PREVIOUS to the one before.',
    )
  try {
    return unseal(wrappingKey, contextOf(row, row.wrappedBy), row.sealed)
  } catch {
    throw new KeysSealed(
      `The key ${row.id} (${row.kind}) in the table "keys" was damaged. Restore the table from a backup.`,
    )
  }
}
