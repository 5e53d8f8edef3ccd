import { type Database, inSystem } from '../database/index.ts'
import type { SigningKey } from './signing-key.ts'
import { PUBLISHED_BEFORE_USE, stateOf } from './signing-schedule.ts'
import { readSigningKeys } from './stored-keys.ts'
import type { Wrapping } from './wrapping.ts'

/** A token signing key as it may be shown. */
export type ListedKey = Omit<SigningKey, 'id' | 'bytes'> & {
  state: 'next' | 'current' | 'previous'
  /** Not yet published for a day: a verifier that keeps copies of the JWKS may not know it. */
  isFresh: boolean
}

/** The token signing keys in the order of the JWKS: the next, the current, those before it, newest first. @throws KeysSealed */
export async function listSigningKeys(db: Database, wrapping: Wrapping): Promise<ListedKey[]> {
  const { signing, sealed, now } = await inSystem(db, (tx) => readSigningKeys(tx, wrapping, []))
  if (sealed) throw sealed
  return signing.toReversed().map((key) => {
    const { id: _id, bytes: _bytes, ...shown } = key
    const publishedMs = now.getTime() - key.createdAt.getTime()
    return { ...shown, state: stateOf(key, signing, now), isFresh: publishedMs < PUBLISHED_BEFORE_USE * 1000 }
  })
}
