import { type Database, databaseNow } from '../database/index.ts'
import { readMarker, removeMarker, writeMarker } from './marker.ts'

const NAME = 'recovery'

/** Whether slow hashes may tell client secrets: since when, or that somebody without the keys wrote that they may. */
export type RecoveryMarker = { since: Date | null; isForged: boolean }

export async function readRecoveryMarker(tx: Database, secretMac: Uint8Array): Promise<RecoveryMarker> {
  const marker = await readMarker(tx, secretMac, NAME)
  if (marker === 'forged') return { since: null, isForged: true }
  return { since: marker && new Date(marker.text), isForged: false }
}

export async function writeRecoveryMarker(tx: Database, secretMac: Uint8Array): Promise<void> {
  await writeMarker(tx, secretMac, NAME, (await databaseNow(tx)).toISOString())
}

export async function removeRecoveryMarker(tx: Database): Promise<void> {
  await removeMarker(tx, NAME)
}
