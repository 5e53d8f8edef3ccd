import { DatabaseUnavailable } from './unavailable.ts'
import type { Use } from './use.ts'

/** Statements that may be on their way in one session: more wait here, where their time is looked after. */
const MAX_SHARED = 100
/**
 * So many share a session before another is taken. Those that leave in the same turn are one write, one read and one
 * wake-up of a process of the server's: in four sessions and not ten, a token costs a seventh less (docs/decisions/0003).
 */
const FILL = 12
/** Uses that may wait for a session. What comes then is told at once that it will not get one. */
const MAX_WAITING = 500
/** Sessions that no transaction takes: the token endpoint goes on while transactions wait for each other's locks. */
const FOR_STATEMENTS = 2
/** After a session that could not begin, none is tried for so long: a server that comes up again is not run over. */
const PAUSE_MS = 250
const LOOK_EVERY_MS = 30_000
/** Longer than pauses between requests, shorter than what firewalls remember of a silent connection. */
const MAX_IDLE_MS = 300_000
/** A session's memory grows with its statements, and a name may have come to mean another server. */
const MAX_AGE_MS = 1_800_000
const CLOSE_WITHIN_MS = 5000

/** What a pool is made of. A session says when it is lost, once, and is forgotten then. */
export type Poolable = {
  /** Whether it has begun well. */
  hasAnswered(): boolean
  /** When all that was sent is answered. Never rejects. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export type Pool<S> = {
  /**
   * Does a piece of work in a session. It is called in the very turn in which the session is its own, and has to send its
   * first statement before it returns: no statement comes behind a BEGIN of somebody else's, and becomes part of that.
   *
   * @param exclusive a transaction's, with nobody else in the session; else a statement's, which others may share
   * @throws DatabaseUnavailable where too many wait already, the server just refused a session, or the use is out of time
   */
  run<T>(exclusive: boolean, use: Use, work: (session: S) => Promise<T>): Promise<T>
  /** Waits up to five seconds for what is under way. */
  close(): Promise<void>
}

type Seat<S> = { session: S; exclusive: boolean; load: number; openedAt: number; freeSince: number }
type Waiter<S> = { use: Use; give(seat: Seat<S>): void; refuse(error: Error): void }

/**
 * Sessions of one database, opened as they are needed. Statements share as few of them as will do; a transaction has one
 * for itself, from when what was sent before is answered until all of its own is.
 *
 * @param open makes a session; to call `onLost` when it ended by itself
 */
export function createPool<S extends Poolable>(open: (onLost: (why: Error) => void) => S, max: number): Pool<S> {
  const maxExclusive = max > FOR_STATEMENTS ? max - FOR_STATEMENTS : max
  const seats = new Set<Seat<S>>()
  const waiting = { exclusive: new Set<Waiter<S>>(), shared: new Set<Waiter<S>>() }
  let refusal: { at: number; why: Error } | null = null
  let closing: (() => void) | null = null

  const addSeat = () => {
    const lose = (why: Error) => {
      if (!seat.session.hasAnswered()) refusal = { at: performance.now(), why }
      if (seats.delete(seat)) serve()
    }
    const now = performance.now()
    const seat: Seat<S> = { session: open(lose), exclusive: false, load: 0, openedAt: now, freeSince: now }
    seats.add(seat)
    return seat
  }
  const refused = () => new DatabaseUnavailable('The database refused a session a moment ago.', { cause: refusal?.why })
  const isPausing = () => refusal !== null && performance.now() - refusal.at < PAUSE_MS

  const find = (exclusive: boolean): Seat<S> | null => {
    let fullest: Seat<S> | null = null
    let emptiest: Seat<S> | null = null
    let taken = 0
    for (const seat of seats) {
      if (seat.exclusive) taken += 1
      else {
        if (seat.load < FILL && (!fullest || seat.load > fullest.load)) fullest = seat
        if (seat.load < MAX_SHARED && (!emptiest || seat.load < emptiest.load)) emptiest = seat
      }
    }
    if (exclusive && taken >= maxExclusive) return null
    if (!exclusive && fullest) return fullest
    if (emptiest?.load === 0) return emptiest
    return seats.size < max && !isPausing() ? addSeat() : emptiest
  }

  const occupy = <T>(seat: Seat<S>, exclusive: boolean, work: (session: S) => Promise<T>): Promise<T> => {
    seat.exclusive = exclusive
    seat.load += 1
    const { session } = seat
    const done = exclusive && seat.load > 1 ? session.quiet().then(() => work(session)) : work(session)
    const leave = () => {
      seat.load -= 1
      if (exclusive) seat.exclusive = false
      if (seat.load === 0) seat.freeSince = performance.now()
      serve()
    }
    const left = () => (exclusive ? session.quiet().then(leave) : leave())
    done.then(left, left)
    return done
  }

  const serve = () => {
    for (const kind of ['shared', 'exclusive'] as const)
      for (const waiter of waiting[kind]) {
        if (waiter.use.failure()) continue // it has been told
        const seat = find(kind === 'exclusive')
        if (seat) waiter.give(seat)
        else if (seats.size === 0) waiter.refuse(refused())
        else break
        waiting[kind].delete(waiter)
      }
    if (closing && [...seats].every(({ load }) => load === 0)) closing()
  }

  const retire = (seat: Seat<S>) => {
    seats.delete(seat)
    void seat.session.close()
  }
  const look = setInterval(() => {
    const now = performance.now()
    for (const seat of seats)
      if (seat.load === 0 && (now - seat.freeSince > MAX_IDLE_MS || now - seat.openedAt > MAX_AGE_MS)) retire(seat)
  }, LOOK_EVERY_MS)
  look.unref()

  return {
    async run<T>(exclusive: boolean, use: Use, work: (session: S) => Promise<T>): Promise<T> {
      if (closing) throw new DatabaseUnavailable('The database is being closed.')
      const seat = find(exclusive)
      if (seat) return occupy(seat, exclusive, work)
      if (seats.size === 0) throw refused()
      if (waiting.exclusive.size + waiting.shared.size >= MAX_WAITING)
        throw new DatabaseUnavailable('Too much waits for the database already.')
      const queue = exclusive ? waiting.exclusive : waiting.shared
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const waiter: Waiter<S> = { use, give: (free) => resolve(occupy(free, exclusive, work)), refuse: reject }
      queue.add(waiter)
      return use.part(promise).finally(() => queue.delete(waiter))
    },
    async close() {
      clearInterval(look)
      const { promise: quiet, resolve } = Promise.withResolvers<void>()
      closing = resolve
      const late = setTimeout(resolve, CLOSE_WITHIN_MS)
      serve()
      await quiet
      clearTimeout(late)
      await Promise.all([...seats].map(({ session }) => session.close()))
    },
  }
}
