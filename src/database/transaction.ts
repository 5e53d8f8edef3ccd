import type { Opening } from './opening.ts'
import type { Answer, Session } from './session.ts'
import { asUnavailable, DatabaseUnavailable, unavailable } from './unavailable.ts'
import type { Use } from './use.ts'

/** With the first try. Who deadlocks or cannot be put in order with others (40P01, 40001) rarely meets them again. */
const TRIES = 4
const CONFLICT = /^(40001|40P01)$/
/** After a failover, sessions may be left with what was the primary server. */
const READ_ONLY = /^25006$/

/** Runs a statement of a transaction, or of none. */
export type Run = (text: string, parameters: unknown[], asArrays: boolean) => Promise<Answer>
/** A transaction, or a part of it that can be undone alone. */
export type Scope = { run: Run; savepoint<T>(work: (inner: Scope) => Promise<T>): Promise<T> }

/**
 * Runs one transaction in a session that nobody else has, and sends its BEGIN before it returns. BEGIN, its settings and the first query leave together: one
 * round trip. Where the settings fail, what is right behind them fails as well: in a transaction that is broken already,
 * or, had not even BEGIN worked, as a role that sees no table.
 *
 * A conflict with other transactions runs repeatable work again. The end of a reading transaction is not waited for.
 *
 * @param alone the opening is waited for, where the session's own role may do more
 */
export async function transact<T>(
  session: Session,
  use: Use,
  opening: Opening,
  alone: boolean,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    const transaction = begin(session, use, opening)
    try {
      if (alone) await transaction.opened
      const result = await use.part(work(transaction.scope))
      await transaction.commit()
      return result
    } catch (error) {
      const why = await transaction.rollback(error)
      if (!opening.readOnly && transaction.failedWith(READ_ONLY)) session.giveUp()
      if (!opening.repeatable || !transaction.failedWith(CONFLICT) || use.failure()) throw why
      if (tried === TRIES) throw why instanceof Error ? unavailable(why) : why
    }
  }
}

function begin(session: Session, use: Use, { mode, settings, readOnly }: Opening) {
  let over = false
  let firstError: unknown = null
  let savepoints = 0

  const part = async (statement: () => Promise<Answer>): Promise<Answer> => {
    const failure = use.failure()
    if (failure) throw failure
    if (over) throw new Error('The transaction is over.')
    const answer = statement().catch((error: unknown) => {
      firstError ??= error
      const passing = asUnavailable(error, readOnly)
      // What the server refuses behind the first failure, it refuses because of it (25P02), and says nothing itself.
      throw passing instanceof DatabaseUnavailable ? passing : asUnavailable(firstError, readOnly)
    })
    return use.part(answer)
  }
  const run: Run = (text, parameters, asArrays) => part(() => session.run(text, parameters, asArrays))
  const say = (statement: string) => run(statement, [], false)

  const opened = part(() => session.open(`begin ${mode}; ${settings}`))
  opened.catch(() => {}) // told by commit or rollback
  const savepoint = async <T>(work: (inner: Scope) => Promise<T>): Promise<T> => {
    savepoints += 1
    const name = `s${savepoints}`
    await say(`savepoint ${name}`)
    try {
      const result = await work({ run, savepoint })
      await say(`release savepoint ${name}`)
      return result
    } catch (error) {
      await say(`rollback to savepoint ${name}`)
      firstError = null
      throw error
    }
  }

  return {
    scope: { run, savepoint },
    opened,
    async commit() {
      await opened
      if (readOnly) {
        over = true
        return session.owe('commit') // what was read stays read
      }
      const committing = say('commit')
      over = true
      const { command } = await committing
      if (command !== 'COMMIT')
        throw asUnavailable(firstError, readOnly) ?? new Error('The transaction had failed before its end.')
    },
    /** @returns what to throw: the opening's error before the work's, which comes of it */
    async rollback(error: unknown): Promise<unknown> {
      over = true
      // Sent whatever happened; where time is over, nobody waits for it.
      await use.part(session.end('rollback')).catch(() => {})
      return opened.then(
        () => error,
        (why: unknown) => why,
      )
    },
    failedWith: (codes: RegExp) =>
      firstError instanceof Error && 'code' in firstError && codes.test(String(firstError.code)),
  }
}
