import type { PGlite } from '@electric-sql/pglite'
import { createOpener, type Opener } from './opening.ts'
import { createPool, type Poolable } from './pool.ts'
import { asUnavailable } from './unavailable.ts'
import { beginUse } from './use.ts'

/** PGlite says nothing where it rolls back instead, because a statement had failed and the work went on. */
const STILL_WHOLE = 'select 1'

/** What Drizzle's session for PGlite uses of PGlite. */
type DrizzleClient = { query: PGlite['query']; transaction<T>(work: (tx: DrizzleScope) => Promise<T>): Promise<T> }
type DrizzleScope = Pick<DrizzleClient, 'query'>

/** PGlite with the same deadline and the same bounded queue as a server has: its one session is a pool of one. */
export function createEmbeddedClient(pglite: PGlite, withinMs: number): PGlite & Opener {
  const session: Poolable = { hasAnswered: () => true, quiet: async () => {}, close: async () => {} }
  const pool = createPool(() => session, 1)
  const opener = createOpener()

  const use = async <T>(exclusive: boolean, readOnly: boolean, work: Work<T>): Promise<T> => {
    const whole = beginUse(withinMs)
    let [over, failed] = [false, false]
    const part: Part = async (statement) => {
      const failure = whole.failure()
      if (failure) throw failure
      if (over) throw new Error('The transaction is over.')
      const answer = statement().catch((error: unknown) => {
        failed = true
        throw asUnavailable(error, readOnly)
      })
      return whole.part(answer)
    }
    try {
      return await whole.part(pool.run(exclusive, whole, () => work(part, () => failed)))
    } finally {
      over = true
      whole.end()
    }
  }

  const client: DrizzleClient & Opener = {
    openWith: opener.openWith,
    query: (text, parameters, options) =>
      use(false, false, (part) => part(() => pglite.query(text, parameters, options))),
    transaction(work) {
      const { mode, settings, readOnly } = opener.take()
      const opening = `${mode ? `set transaction ${mode};` : ''}${settings}`
      return use(true, readOnly, (part, hasFailed) =>
        pglite.transaction(async (tx) => {
          if (opening) await tx.exec(opening)
          const query: PGlite['query'] = (text, parameters, options) => part(() => tx.query(text, parameters, options))
          const result = await part(() => work({ query }))
          if (hasFailed()) await part(() => tx.exec(STILL_WHOLE))
          return result
        }),
      )
    },
  }
  return client as unknown as PGlite & Opener
}

type Work<T> = (part: Part, hasFailed: () => boolean) => Promise<T>
/** Runs a part of a use: refused once the use has failed, or is over. */
type Part = <T>(statement: () => Promise<T>) => Promise<T>
