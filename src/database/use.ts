import { clearTimeout, setImmediate, setTimeout } from 'node:timers' // also where a test has its own clock
import { DatabaseUnavailable } from './unavailable.ts'

/** One use of the database, a statement or a transaction, from its wait for a session to its end. It fails as a whole. */
export type Use = {
  /** The outcome of a part of it, or the failure of the whole as soon as there is one, however the part goes on. */
  part<T>(work: Promise<T>): Promise<T>
  failure(): DatabaseUnavailable | null
  /** Its time is not counted any more. */
  end(): void
}

/** @param withinMs after which it fails, waiting included; null for as long as it takes */
export function beginUse(withinMs: number | null): Use {
  let failure: DatabaseUnavailable | null = null
  let ended = false
  const waiting = new Set<(error: Error) => void>()

  const fail = () => {
    if (ended) return
    failure = new DatabaseUnavailable('The database did not answer in time.')
    for (const reject of waiting) reject(failure)
    waiting.clear()
  }
  // One more look at what has come in: where this process itself was held up, the answer may be there.
  const timer = withinMs === null ? undefined : setTimeout(() => setImmediate(fail), withinMs)

  return {
    part<T>(work: Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (failure) reject(failure)
        else waiting.add(reject)
        work.then(resolve, reject).finally(() => waiting.delete(reject))
      })
    },
    failure: () => failure,
    end() {
      ended = true
      clearTimeout(timer)
    },
  }
}
