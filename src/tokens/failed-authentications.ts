import type { Logger } from 'pino'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../network-of.ts'

/** A failed client authentication, as far as anybody may know of it. */
export type FailedAuthentication = {
  /** That of a client, or what could be one; null for any other text, which may be a secret in the wrong place. */
  clientId: string | null
  method: string
  ip: string | null
}

/**
 * Bounds on guessing secrets and keys, by failures and not by requests: for a client from one network, and for a network.
 * Nothing is bound by the client alone, so that nobody locks another's out, and nothing is asked before an attempt: the
 * right secret opens whatever was tried before. In this process's memory, which a flood cannot fill.
 */
export type FailedAuthentications = {
  /** @returns seconds until failures count anew, where this is one too many; else null */
  note(failure: FailedAuthentication): Promise<number | null>
}

/** Seconds, from the first failure on. */
const WINDOW = 900
export const FAILURES_PER_CLIENT = 20
export const FAILURES_PER_NETWORK = 100
/** Clients and networks that are counted one by one in a window; all further ones share one count. */
const MAX_COUNTED = 10_000
const MAX_LINES_A_MINUTE = 30

export function createFailedAuthentications(log: Logger): FailedAuthentications {
  const perNetwork = countFailures(FAILURES_PER_NETWORK)
  const perClient = countFailures(FAILURES_PER_CLIENT)
  const write = logSparingly(log)
  return {
    async note(failure) {
      const { clientId, ip } = failure
      const network = networkOf(ip)
      const ofNetwork = await perNetwork(network)
      // A network that is over its bound makes no more counts, whatever clients it names.
      const ofClient = clientId === null || ofNetwork !== null ? null : await perClient(`${network} ${clientId}`)
      const retryAfter = ofNetwork ?? ofClient
      write({ ...failure, refusedFor: retryAfter })
      return retryAfter
    },
  }
}

/** @returns counts one for a key; answers seconds until the count ends, where it is over the bound */
function countFailures(points: number): (key: string) => Promise<number | null> {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW })
  let [counted, since] = [0, performance.now()]
  const placeFor = async (key: string): Promise<string> => {
    if (await limiter.get(key)) return key
    if (performance.now() - since > WINDOW * 1000) [counted, since] = [0, performance.now()]
    counted += 1
    return counted > MAX_COUNTED ? 'others' : key
  }
  return async (key) => {
    const state: RateLimiterRes = await limiter.penalty(await placeFor(key))
    return state.consumedPoints > points ? Math.max(1, Math.ceil(state.msBeforeNext / 1000)) : null
  }
}

/** So many lines a minute at most; the next one tells how many were left out. */
function logSparingly(log: Logger): (failure: FailedAuthentication & { refusedFor: number | null }) => void {
  let [written, leftOut, since] = [0, 0, performance.now()]
  return (failure) => {
    if (performance.now() - since > 60_000) [written, since] = [0, performance.now()]
    if (written >= MAX_LINES_A_MINUTE) {
      leftOut += 1
      return
    }
    log.info({ ...failure, ...(leftOut > 0 && { leftOut }) }, 'client authentication failed')
    written += 1
    leftOut = 0
  }
}
