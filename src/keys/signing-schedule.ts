import { randomUUIDv7 } from 'node:crypto'

/** ES256 and RS256 of RFC 7518 §3, EdDSA of RFC 8037 (Ed25519). */
export type TokenAlgorithm = 'ES256' | 'EdDSA' | 'RS256'
/** TOKEN_ALGORITHM and KEY_ROTATION, which is in seconds. */
export type SigningSettings = { algorithm: TokenAlgorithm; rotation: number }

/** When a token signing key signs and verifies. All times are of the database's clock. */
export type ScheduledKey = {
  id: string
  algorithm: TokenAlgorithm
  createdAt: Date
  /** Published from its making on, it signs from here on, until the next one does. */
  signsFrom: Date
  /** Set once another signs: after this the last token under it has ended. */
  verifiesUntil: Date | null
}

/** So long a key is published before it signs: verifiers keep copies of the JWKS. */
export const PUBLISHED_BEFORE_USE = 86_400
/** A token lives 30 days at most; an hour more is for gateways that hear of a rotation late. */
const LONGEST_TOKEN = 2_592_000 + 3600
/** So long before its turn a key may still be exchanged for one of another algorithm: no gateway signs with it yet. */
const HANDS_OFF = 60

/** Whose turn it is. Null before the first. */
export function currentKey<Key extends ScheduledKey>(keys: readonly Key[], now: Date): Key | null {
  return inOrder(keys.filter((key) => key.signsFrom <= now)).at(-1) ?? null
}

export function stateOf(key: ScheduledKey, keys: readonly ScheduledKey[], now: Date): 'next' | 'current' | 'previous' {
  if (key.signsFrom > now) return 'next'
  return currentKey(keys, now)?.id === key.id ? 'current' : 'previous'
}

/** In the order in which they sign. */
export function inOrder<Key extends ScheduledKey>(keys: readonly Key[]): Key[] {
  return keys.toSorted(
    (one, other) =>
      one.signsFrom.getTime() - other.signsFrom.getTime() ||
      one.createdAt.getTime() - other.createdAt.getTime() ||
      (one.id < other.id ? -1 : 1),
  )
}

/**
 * The keys as they should be at this moment: one current, one next, the ones before until their last token has ended.
 * What is missing is added, what is over left out; of keys that are as they should be it changes nothing.
 */
export function schedule(keys: readonly ScheduledKey[], now: Date, settings: SigningSettings): ScheduledKey[] {
  const current = currentKey(keys, now) ?? newKey(settings, now, now)
  const next = inOrder(keys.filter((key) => key.signsFrom > now))
  const previous = inOrder(keys.filter((key) => key.id !== current.id && key.signsFrom <= now))
    .map((key) => ({ ...key, verifiesUntil: key.verifiesUntil ?? after(current.signsFrom, LONGEST_TOKEN) }))
    .filter((key) => key.verifiesUntil > now)
  if (next.length === 0) {
    const made = newKey(settings, now, now)
    next.push({ ...made, signsFrom: takesOverAt(made, current, settings) })
  }
  return [...previous, { ...current, verifiesUntil: null }, ...next]
}

/**
 * After a start with other settings: the next key takes over by the new KEY_ROTATION, and one of another TOKEN_ALGORITHM
 * gives way to one that takes over as soon as it has been published long enough.
 */
export function withSettings(keys: readonly ScheduledKey[], now: Date, settings: SigningSettings): ScheduledKey[] {
  const current = currentKey(keys, now)
  const changed = keys.flatMap((key) => {
    if (!current || key.signsFrom <= after(now, HANDS_OFF)) return key
    if (key.algorithm !== settings.algorithm) return []
    const due = takesOverAt(key, current, settings)
    return { ...key, signsFrom: due > now ? due : now } // never in the past: the one before has signed until now
  })
  return schedule(changed, now, settings)
}

/** By hand: the next key takes over now, whatever its age. */
export function rotated(keys: readonly ScheduledKey[], now: Date, settings: SigningSettings): ScheduledKey[] {
  const all = schedule(keys, now, settings)
  const next = all.find((key) => key.signsFrom > now)
  return schedule(
    all.map((key) => (key === next ? { ...key, signsFrom: now } : key)),
    now,
    settings,
  )
}

/** Without a key that must not be trusted any more; the next one takes over now where it was the current one. */
export function without(
  id: string,
  keys: readonly ScheduledKey[],
  now: Date,
  settings: SigningSettings,
): ScheduledKey[] {
  const signing = currentKey(keys, now)?.id === id ? rotated(keys, now, settings) : keys
  return schedule(
    signing.filter((key) => key.id !== id),
    now,
    settings,
  )
}

function newKey({ algorithm }: SigningSettings, createdAt: Date, signsFrom: Date): ScheduledKey {
  return { id: randomUUIDv7(), algorithm, createdAt, signsFrom, verifiesUntil: null }
}

/** By age, but not before it was published long enough. A change of the algorithm does not wait for the age. */
function takesOverAt(next: ScheduledKey, current: ScheduledKey, { rotation }: SigningSettings): Date {
  const published = after(next.createdAt, PUBLISHED_BEFORE_USE)
  const due = after(current.signsFrom, rotation)
  return next.algorithm === current.algorithm && due > published ? due : published
}

function after(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000)
}
