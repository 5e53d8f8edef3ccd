import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import postgres from 'postgres'
import { arrayTypes } from './array-types.ts'
import type { Poolable } from './pool.ts'
import { DatabaseUnavailable, isOfConnection, unavailable } from './unavailable.ts'

/** What came back; `command` is the server's tag: `SELECT`, `COMMIT`, and `ROLLBACK` for the COMMIT of what had failed. */
export type Answer = unknown[] & { command: string }

/** One session of a PostgreSQL server. */
export type Session = Poolable & {
  /**
   * Sends a statement right behind those before it, without waiting for their answers. Prepared once, where it has
   * parameters: so its text has to be constant (`any($1)`, never an IN list of varying length). Always settles.
   *
   * @param asArrays rows as arrays, as Drizzle wants them, not objects
   */
  run(text: string, parameters: unknown[], asArrays: boolean): Promise<Answer>
  /** Sends what begins a transaction, in one message with what is owed. */
  open(text: string): Promise<Answer>
  /**
   * Sends what ends a transaction. Where it is refused (cancelled by the server, for one), nobody knows whether the
   * session is still in it, and the session is lost: what is sent next would be part of a transaction that has failed.
   */
  end(text: string): Promise<Answer>
  /** As `end`, of a transaction whose end nobody waits for: with what is sent next, or in a moment by itself. */
  owe(text: string): void
  /** Gives it up: the next use opens another, which may meet another server. */
  giveUp(): void
}

export type SessionSettings = {
  /** Parameters of the session, as PostgreSQL names them. */
  parameters: Record<string, string>
  /** Seconds. */
  connectWithin: number
  /** Milliseconds without an answer to what was sent, after which the session counts as lost; null for never. */
  silentMs: number | null
  /** How Drizzle reads and writes some types, by their number. */
  codecs: Codecs
}
export type Codecs = { parsers: Record<number, unknown>; serializers: Record<number, unknown> }

/**
 * One postgres.js of one connection. Its own pool and its `begin` are left alone: there, statements of a transaction
 * whose connection broke go on in the next connection, outside of it or inside somebody else's. Here a session that
 * lost its connection is over.
 */
export function openSession(url: string, settings: SessionSettings, onLost: (why: Error) => void): Session {
  const { parameters, connectWithin, silentMs, codecs } = settings
  let lost: DatabaseUnavailable | null = null
  let answers = 0
  let begun = false
  // Until the first answer. A connection that has just begun is given only a part of what waits for it in postgres.js; what
  // comes then would overtake the rest.
  let held: (() => void)[] | null = []
  const waiting = new Set<(error: Error) => void>()
  const quiet = new Set<() => void>()
  const becomeQuiet = () => {
    for (const tell of quiet) tell()
    quiet.clear()
  }

  const lose = (why: DatabaseUnavailable) => {
    if (lost) return
    lost = why
    clearTimeout(silence)
    for (const reject of waiting) reject(why)
    waiting.clear()
    becomeQuiet()
    onLost(why)
    hangUp(0)
  }
  const hangUp = (timeout: number) => client.end({ timeout }).catch(() => {}) // its connection is gone either way
  const client = postgres(url, {
    max: 1,
    connect_timeout: connectWithin,
    // The pool sees to these two: postgres.js would end a session while it is on its way to somebody.
    idle_timeout: 0,
    max_lifetime: 0,
    // By default a connection begins with a query for the array types; where it breaks in the middle of that, postgres.js
    // rejects a promise that nobody holds, which ends the process.
    fetch_types: false,
    types: arrayTypes,
    connection: { application_name: 'chatelaine', ...parameters },
    onnotice: () => {}, // "already exists, skipping" of the migrator is no news to anybody
    onclose: () => lose(new DatabaseUnavailable('The connection to the database was closed.')),
  })
  Object.assign(client.options.parsers, codecs.parsers)
  Object.assign(client.options.serializers, codecs.serializers)

  const silence = setTimeout(() => {
    if (waiting.size === 0) return // nothing was asked; what is asked from here on has time of its own
    const before = answers
    setImmediate(() => {
      // Where this process itself was held up, the answer is here by now.
      if (waiting.size > 0 && answers === before) lose(new DatabaseUnavailable('The database fell silent.'))
    })
  }, silentMs ?? 0)
  silence.unref()
  if (silentMs === null) clearTimeout(silence)
  const listen = () => silentMs !== null && !lost && silence.refresh()

  const send = (
    text: string,
    parameters: unknown[],
    asArrays: boolean,
    told: PromiseWithResolvers<Answer>,
    ends: boolean,
  ) => {
    const query = client.unsafe(text, parameters as postgres.ParameterOrJSON<never>[], {
      prepare: parameters.length > 0,
    })
    const sent: Promise<unknown> = asArrays ? query.values() : query
    const answered = () => {
      answers += 1
      waiting.delete(told.reject)
      if (waiting.size > 0) listen()
      else becomeQuiet()
      for (const release of held ?? []) release()
      held = null
    }
    sent.then(
      (answer) => {
        answered()
        told.resolve(answer as Answer)
      },
      (error: unknown) => {
        // In this very turn: the answer to what was sent behind it may be here as well.
        if (error instanceof Error && (ends || isOfConnection(error))) return lose(unavailable(error))
        answered()
        told.reject(error)
      },
    )
  }

  const tell = (text: string, parameters: unknown[], asArrays: boolean, ends: boolean): Promise<Answer> => {
    if (lost) return Promise.reject(lost)
    if (owed) settleUp()
    if (waiting.size === 0) listen()
    const told = Promise.withResolvers<Answer>()
    waiting.add(told.reject)
    const sendThis = () => send(text, parameters, asArrays, told, ends)
    if (begun && held) held.push(sendThis)
    else sendThis()
    begun = true
    return told.promise
  }
  const run: Session['run'] = (text, parameters, asArrays) => tell(text, parameters, asArrays, false)
  const end: Session['end'] = (text) => tell(text, [], false, true)
  let owed: string | null = null
  const settleUp = () => {
    const text = owed
    owed = null
    if (text) end(text).catch(() => {})
  }

  return {
    run,
    end,
    open(text) {
      const all = owed ? `${owed}; ${text}` : text
      owed = null
      return run(all, [], false)
    },
    owe(text) {
      owed = text
      setImmediate(settleUp)
    },
    giveUp: () => lose(new DatabaseUnavailable('The session was given up.')),
    quiet: () => new Promise((resolve) => (waiting.size === 0 ? resolve() : quiet.add(resolve))),
    hasAnswered: () => answers > 0,
    close: async () => {
      clearTimeout(silence)
      await hangUp(1)
    },
  }
}
