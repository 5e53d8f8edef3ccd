import type { Database } from '../database/index.ts'
import { inOrder, rotated, type ScheduledKey, type SigningSettings, schedule, without } from './signing-schedule.ts'
import { changingKeys, readSigningKeys, reschedule } from './stored-keys.ts'
import type { Wrapping } from './wrapping.ts'

/** Makes what is due: a new next key once the one before has taken over; takes away what is over. @throws KeysSealed */
export function keepSigningKeys(db: Database, wrapping: Wrapping, settings: SigningSettings): Promise<ScheduledKey[]> {
  return changingKeys(db, (tx) => reschedule(tx, wrapping, (keys, now) => schedule(keys, now, settings)))
}

/**
 * The next token signing key becomes the current one now, and a new next one is published. Tokens under the one before
 * hold to their end.
 * @throws KeysSealed
 */
export function rotateSigningKeys(
  db: Database,
  wrapping: Wrapping,
  settings: SigningSettings,
): Promise<ScheduledKey[]> {
  return changingKeys(db, (tx) => reschedule(tx, wrapping, (keys, now) => rotated(keys, now, alike(keys, settings))))
}

/**
 * Takes a token signing key away, with every token under it. Where it was the current one the next takes over now.
 * @returns null where no key has that id
 * @throws KeysSealed
 */
export function revokeSigningKey(
  db: Database,
  wrapping: Wrapping,
  settings: SigningSettings,
  kid: string,
): Promise<ScheduledKey[] | null> {
  return changingKeys(db, async (tx) => {
    const { signing, sealed } = await readSigningKeys(tx, wrapping, [])
    const revoked = signing.find((key) => key.kid === kid)
    if (!revoked && sealed) throw sealed
    if (!revoked) return null
    return reschedule(tx, wrapping, (keys, now) => without(revoked.id, keys, now, alike(keys, settings)))
  })
}

/** At the command line TOKEN_ALGORITHM may be unset: what the gateways have made last says which one they use. */
function alike(keys: readonly ScheduledKey[], settings: SigningSettings): SigningSettings {
  return { ...settings, algorithm: inOrder(keys).at(-1)?.algorithm ?? settings.algorithm }
}
