import type { keys } from '../database/index.ts'
import { fingerprint, seal, unseal } from './seal.ts'

/** ENCRYPTION_KEY and ENCRYPTION_KEY_PREVIOUS, 32 bytes each: either opens, `current` seals at a start. */
export type Wrapping = { current: Uint8Array; previous: Uint8Array | null }
export type KeyKind = (typeof keys.$inferSelect)['kind']
type SealedKey = Pick<typeof keys.$inferSelect, 'id' | 'kind' | 'sealed' | 'wrappedBy'>

/** Why the keys could not be opened, for the operator. */
export class KeysSealed extends Error {
  override readonly name = 'KeysSealed'
}

/** @returns what to store of a working key: sealed for its row, so that it opens in no other */
export function wrapKey(row: { id: string; kind: KeyKind }, bytes: Uint8Array, wrappingKey: Uint8Array) {
  const wrappedBy = fingerprint(wrappingKey)
  return { sealed: seal(wrappingKey, contextOf(row, wrappedBy), bytes), wrappedBy }
}

/** @throws KeysSealed with a sentence that says what to do */
export function openKey(row: SealedKey, wrapping: Wrapping): Uint8Array {
  const wrappingKey = wrappingKeyOf(row.wrappedBy, wrapping)
  try {
    return unseal(wrappingKey, contextOf(row, row.wrappedBy), row.sealed)
  } catch {
    throw damaged(row)
  }
}

export function damaged({ id, kind }: { id: string; kind: KeyKind }): KeysSealed {
  return new KeysSealed(
    `The key ${id} (${kind}) in the table "keys" was damaged. Restore the table from a backup. ` +
      'Where there is none, npm run keys -- recover makes new keys (docs/keys.md).',
  )
}

/** The one of the two with that fingerprint. @throws KeysSealed where it is neither */
export function wrappingKeyOf(wrappedBy: string, { current, previous }: Wrapping): Uint8Array {
  if (fingerprint(current) === wrappedBy) return current
  if (previous && fingerprint(previous) === wrappedBy) return previous
  throw new KeysSealed(
    'ENCRYPTION_KEY is not the key that sealed this database. Set the right one, or, where it was changed on purpose, ' +
      'set ENCRYPTION_KEY_PREVIOUS to the one before. Where it is lost for good, npm run keys -- recover makes new keys ' +
      '(docs/keys.md).',
  )
}

function contextOf(row: { id: string; kind: KeyKind }, wrappedBy: string): string {
  return `chatelaine key ${row.kind} ${row.id} ${wrappedBy}`
}
