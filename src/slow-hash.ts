import argon2 from 'argon2'
import pLimit from 'p-limit'
import { Fault } from './result.ts'

/** Argon2id (RFC 9106) with OWASP's least parameters: 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** As many as there are cores to spare: each takes a thread of the pool and 19 MiB for some 15 ms. */
const AT_ONCE = 2
const MAX_WAITING = 64

/**
 * Slow hashes behind a bounded queue, so that a flood of attempts neither fills the memory nor takes all threads.
 * A caller that goes away does not free its place: the hash goes on.
 */
export type SlowHash = {
  /** @returns a PHC string @throws Fault UNAVAILABLE when 64 wait already */
  hash(text: string): Promise<string>
  /** @throws Fault UNAVAILABLE when 64 wait already */
  verify(hash: string, text: string): Promise<boolean>
}

export function createSlowHash(): SlowHash {
  const limit = pLimit(AT_ONCE)
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount >= MAX_WAITING)
      throw new Fault('UNAVAILABLE', 'Too many passwords or secrets are being checked. Try again in a few seconds.', {
        retryAfter: 5,
      })
    return limit(work)
  }
  return {
    hash: async (text) => queued(() => argon2.hash(text, PARAMETERS)),
    verify: async (hash, text) => queued(() => argon2.verify(hash, text)),
  }
}
