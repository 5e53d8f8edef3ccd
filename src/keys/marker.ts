import { hkdfSync } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { type Database, databaseNow, instanceMarkers } from '../database/index.ts'
import { seal, unseal } from './seal.ts'

/** @returns what the marker says; null where there is none, `forged` where somebody without the keys wrote it */
export async function readMarker(
  tx: Database,
  secretMac: Uint8Array,
  name: string,
): Promise<{ text: string } | 'forged' | null> {
  const [row] = await tx.select().from(instanceMarkers).where(eq(instanceMarkers.name, name))
  if (!row) return null
  try {
    return { text: Buffer.from(unseal(keyOf(secretMac), contextOf(name), row.sealed)).toString() }
  } catch {
    return 'forged'
  }
}

/** Sealed under a working key: who can write the table alone cannot make one. */
export async function writeMarker(tx: Database, secretMac: Uint8Array, name: string, text: string): Promise<void> {
  const sealed = seal(keyOf(secretMac), contextOf(name), Buffer.from(text))
  await removeMarker(tx, name)
  await tx.insert(instanceMarkers).values({ name, sealed, createdAt: await databaseNow(tx) })
}

export async function removeMarker(tx: Database, name: string): Promise<void> {
  await tx.delete(instanceMarkers).where(eq(instanceMarkers.name, name))
}

const contextOf = (name: string) => `chatelaine marker ${name}`

/** Of its own (RFC 5869): the key itself is for HMAC alone. */
function keyOf(secretMac: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secretMac, '', 'chatelaine instance markers', 32))
}
