import { hkdfSync } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { type Database, databaseNow, instanceMarkers } from '../database/index.ts'
import { seal, unseal } from './seal.ts'

const NAME = 'recovery'
const CONTEXT = 'chatelaine marker recovery'

/** Whether slow hashes may tell client secrets: since when, or that somebody without the keys wrote that they may. */
export type RecoveryMarker = { since: Date | null; isForged: boolean }

/** Sealed under a working key: who can write the table alone cannot turn a recovery on. */
export async function readRecoveryMarker(tx: Database, secretMac: Uint8Array): Promise<RecoveryMarker> {
  const [row] = await tx.select().from(instanceMarkers).where(eq(instanceMarkers.name, NAME))
  if (!row) return { since: null, isForged: false }
  try {
    return { since: new Date(Buffer.from(unseal(keyOf(secretMac), CONTEXT, row.sealed)).toString()), isForged: false }
  } catch {
    return { since: null, isForged: true }
  }
}

export async function writeRecoveryMarker(tx: Database, secretMac: Uint8Array): Promise<void> {
  const createdAt = await databaseNow(tx)
  const sealed = seal(keyOf(secretMac), CONTEXT, Buffer.from(createdAt.toISOString()))
  await removeRecoveryMarker(tx)
  await tx.insert(instanceMarkers).values({ name: NAME, sealed, createdAt })
}

export async function removeRecoveryMarker(tx: Database): Promise<void> {
  await tx.delete(instanceMarkers).where(eq(instanceMarkers.name, NAME))
}

/** Of its own (RFC 5869): the key itself is for HMAC alone. */
function keyOf(secretMac: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secretMac, '', 'chatelaine instance markers', 32))
}
