import type { Sql } from 'postgres'
import { createOpener, type Opener } from './opening.ts'
import { createPool } from './pool.ts'
import { type Answer, openSession, type SessionSettings } from './session.ts'
import { type Run, type Scope, transact } from './transaction.ts'
import { asUnavailable } from './unavailable.ts'
import { beginUse } from './use.ts'

export type PostgresSettings = Omit<SessionSettings, 'codecs'> & {
  max: number
  /** Milliseconds that a statement or a transaction may take in all, its wait for a session included; null for ever. */
  withinMs: number | null
  /** Whether the session's own role may do more than look credentials up: then no query leaves before its opening holds. */
  privileged: boolean
}

/** What Drizzle's session for postgres.js uses of postgres.js. */
type DrizzleClient = {
  options: Pick<Sql['options'], 'parsers' | 'serializers'>
  unsafe(text: string, parameters?: unknown[]): Promise<Answer> & { values(): Promise<Answer> }
  begin<T>(work: (inner: DrizzleScope) => Promise<T>): Promise<T>
}
type DrizzleScope = Pick<DrizzleClient, 'options' | 'unsafe'> & {
  savepoint<T>(work: (inner: DrizzleScope) => Promise<T>): Promise<T>
}

export type PostgresClient = { client: Sql & Opener; close(): Promise<void> }

/** A pool of sessions that Drizzle takes for postgres.js: every use of it has a deadline, and a bounded queue. */
export function createPostgresClient(url: string, settings: PostgresSettings): PostgresClient {
  const { max, withinMs, privileged } = settings
  const codecs = { parsers: {}, serializers: {} } // filled by Drizzle, before the first session
  const pool = createPool((onLost) => openSession(url, { ...settings, codecs }, onLost), max)
  const opener = createOpener()

  const runAlone: Run = async (text, parameters, asArrays) => {
    const use = beginUse(withinMs)
    try {
      return await use.part(pool.run(false, use, (session) => session.run(text, parameters, asArrays)))
    } catch (error) {
      throw asUnavailable(error, false)
    } finally {
      use.end()
    }
  }

  const client: DrizzleClient & Opener = {
    options: codecs,
    openWith: opener.openWith,
    unsafe: unsafeOf(runAlone),
    async begin(work) {
      const opening = opener.take()
      const use = beginUse(withinMs)
      try {
        return await pool.run(true, use, (session) =>
          transact(session, use, opening, privileged, (scope) => work(drizzleScope(codecs, scope))),
        )
      } finally {
        use.end()
      }
    },
  }
  return { client: client as unknown as Sql & Opener, close: pool.close }
}

function drizzleScope(options: DrizzleClient['options'], { run, savepoint }: Scope): DrizzleScope {
  return {
    options,
    unsafe: unsafeOf(run),
    savepoint: (work) => savepoint((inner) => work(drizzleScope(options, inner))),
  }
}

/** Drizzle says only after the call, in the same turn, that it wants arrays. */
function unsafeOf(run: Run): DrizzleClient['unsafe'] {
  return (text, parameters = []) => {
    let asArrays = false
    const answer = Promise.resolve().then(() => run(text, parameters, asArrays))
    const values = () => {
      asArrays = true
      return answer
    }
    return Object.assign(answer, { values })
  }
}
