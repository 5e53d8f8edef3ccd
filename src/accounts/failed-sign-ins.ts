import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Caller, Origin } from '../caller.ts'
import { type Database, databaseNow, inSystem } from '../database/index.ts'
import { recordInEveryAccount } from './in-every-account.ts'

/** A person's failures are written no oftener than this: a flood cannot fill the history. */
const WRITE_EVERY_MS = 60_000
/** People with failures that wait to be written: more are counted in the log alone. */
const MAX_WAITING = 10_000

type Failures = { userId: string; attempts: number; email: string; last: Origin; writtenAt: number }

/** Gathers failed sign-ins and writes them as SIGN_IN_FAILED, after their answers have gone out. */
export type FailedSignIns = {
  /** @param person null for an e-mail that is nobody's: logged alone, hashed */
  note(email: string, person: { userId: string } | null, origin: Origin): void
  /** Writes what waits, due or not. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** @param wake told of each account whose history has grown */
export function createFailedSignIns(db: Database, log: Logger, wake: (accountId: string) => void): FailedSignIns {
  const waiting = new Map<string, Failures>()

  const write = async (failures: Failures, now: number) => {
    const { userId, attempts, email, last } = failures
    failures.attempts = 0
    failures.writtenAt = now
    const callerIn = (accountId: string): Caller => ({
      accountId,
      actor: { type: 'USER', id: null, name: email },
      role: null,
      permissions: new Set(),
      scopes: null,
      credential: null,
      origin: last,
    })
    try {
      const grown = await inSystem(db, async (tx) =>
        recordInEveryAccount(tx, userId, await databaseNow(tx), callerIn, ({ id, name }) => ({
          type: 'SIGN_IN_FAILED',
          resource: { type: 'Account', id, name },
          attempts,
        })),
      )
      for (const accountId of grown) wake(accountId)
    } catch (error) {
      failures.attempts += attempts // the next round tries again
      log.warn({ err: error }, 'failed sign-ins could not be written')
    }
  }

  const writeDue = async (everything: boolean) => {
    const now = Date.now()
    for (const [email, failures] of waiting) {
      if (!everything && now - failures.writtenAt < WRITE_EVERY_MS) continue
      if (failures.attempts > 0) await write(failures, now)
      else waiting.delete(email)
    }
  }
  const timer = setInterval(() => void writeDue(false), 1000)
  timer.unref()

  return {
    note(email, person, origin) {
      log.warn(
        { email: createHash('sha256').update(email).digest('hex').slice(0, 16), known: person !== null, ip: origin.ip },
        'sign-in failed',
      )
      if (!person) return
      const failures = waiting.get(email)
      if (failures) Object.assign(failures, { attempts: failures.attempts + 1, last: origin })
      else if (waiting.size < MAX_WAITING)
        waiting.set(email, { userId: person.userId, attempts: 1, email, last: origin, writtenAt: 0 })
    },
    flush: () => writeDue(true),
    async close() {
      clearInterval(timer)
      await writeDue(true)
    },
  }
}
