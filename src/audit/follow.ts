import { cursorExpired } from './cursor-expired.ts'
import type { AuditEvent, Sequence } from './event.ts'
import type { EventFilter } from './list-events.ts'
import type { Tail } from './tail.ts'

/** One message of the feed: an event, or without one the news that nothing matched up to `sequence`. */
export type FeedItem = { sequence: Sequence; event: AuditEvent | null; live: boolean }

export type Follow = {
  /** The last event already seen. */
  position: Sequence
  /** Where the backlog ends: later events are live. */
  liveAfter: Sequence
  filter: Omit<EventFilter, 'from' | 'to'>
  /** Seconds without a message after which one without an event is sent; null for none. */
  heartbeat: number | null
  cursorOf(sequence: Sequence): string
}

/** What was read ahead is let go when nobody asks for it in this time: a reader that stands still costs no memory. */
const KEEP_READ_AHEAD_MS = 1000

/** Values as they come. Two ways to take them, of which a reader uses one. */
export type Stream<T> = AsyncIterableIterator<T> & {
  /**
   * Hands each value over in the turn in which it comes: for thousands of readers of one event, promises for each would
   * cost more than the event. Where `take` returns a promise, the next value waits for it.
   * @returns when the stream has ended; rejects where it, or `take`, failed
   */
  each(take: (value: T) => Promise<void> | void): Promise<void>
}

/**
 * The events after a position, each once and in order, first those in store, then as they come. Whoever reads sets the
 * pace: an item is made when it is asked for, so a slow reader costs no memory, and reads pages once it falls behind the tail.
 *
 * @throws Fault CURSOR_EXPIRED, while it is read, where what comes next is kept no longer
 *
 * Written by hand: an async generator that waits cannot be ended by return() until what it waits for comes.
 * One next() at a time.
 */
export function follow(
  tail: Tail,
  { position: start, liveAfter, filter, heartbeat, cursorOf }: Follow,
): Stream<FeedItem> {
  let position = start
  let batch: readonly AuditEvent[] = []
  let used = 0
  let ended = false
  let greeted = heartbeat === null
  let saidLive = heartbeat === null
  let overdue = false
  let wakeUp: (() => void) | null = null
  const wake = () => {
    const wakes = wakeUp
    wakeUp = null
    wakes?.()
  }
  const stopListening = tail.onGrowth(wake, () => wakeUp !== null && position >= tail.head())
  const becomeOverdue = () => {
    overdue = true
    wake()
  }
  const timer = heartbeat === null ? null : setTimeout(becomeOverdue, heartbeat * 1000)

  let letGo: ReturnType<typeof setTimeout> | undefined
  const paused = () => {
    if (used >= batch.length) return
    letGo = setTimeout(() => {
      batch = []
    }, KEEP_READ_AHEAD_MS)
  }
  const end = () => {
    ended = true
    batch = []
    stopListening()
    if (timer) clearTimeout(timer)
    clearTimeout(letGo)
    wake()
  }
  const missed = (to: Sequence) => {
    end()
    return cursorExpired(position + 1, to, cursorOf)
  }

  const item = (event: AuditEvent | null): FeedItem => {
    overdue = false
    timer?.refresh()
    const live = event ? position > liveAfter : position >= liveAfter
    saidLive ||= live
    return { sequence: position, event, live }
  }
  const nextMatch = (): AuditEvent | null => {
    for (;;) {
      for (let event = batch[used++]; event; event = batch[used++]) {
        if (event.sequence !== position + 1) throw missed(event.sequence - 1)
        position = event.sequence
        if (matches(event, filter)) return event
      }
      used = 0
      batch = tail.recent(position) ?? []
      if (batch.length === 0) return null
    }
  }
  /** What is to be told at this moment. Null: nothing, or what has to be read first. */
  const itemAtHand = (): FeedItem | null => {
    if (ended) return null
    clearTimeout(letGo)
    if (!greeted) {
      greeted = true
      return item(null)
    }
    const event = nextMatch()
    if (event) return item(event)
    if (position < tail.head()) return null
    return (!saidLive && position >= liveAfter) || overdue ? item(null) : null
  }
  /** Calls `then` once there may be an item at hand, or the end is there. */
  const waitForMore = (then: () => void, fail: (error: unknown) => void) => {
    if (ended) return then()
    if (position >= tail.head()) {
      wakeUp = then
      return
    }
    const head = tail.head()
    const begin = (page: readonly AuditEvent[]) => {
      if (page.length === 0 && !ended) throw missed(head)
      batch = ended ? [] : page
      then()
    }
    tail.read(position).then(begin).catch(fail)
  }

  return {
    async next() {
      for (;;) {
        const value = itemAtHand()
        if (value) {
          paused()
          return { done: false, value }
        }
        if (ended) return { done: true, value: undefined }
        await new Promise<void>(waitForMore)
      }
    },
    each(take) {
      return new Promise((resolve, reject) => {
        const goOn = () => {
          try {
            for (let value = itemAtHand(); value; value = itemAtHand()) {
              const taking = take(value)
              if (taking) {
                paused()
                return void taking.then(goOn, reject)
              }
            }
          } catch (error) {
            return reject(error)
          }
          if (ended) resolve()
          else waitForMore(goOn, reject)
        }
        goOn()
      })
    },
    async return() {
      end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** The same conditions as listEvents has, but for time: a feed has no end. */
function matches(event: AuditEvent, { types, appId, actorId, sourceIp }: Follow['filter']): boolean {
  return (
    (!types?.length || types.includes(event.type)) &&
    (appId == null || event.appId === appId) &&
    (actorId == null || event.actor.id === actorId) &&
    (sourceIp == null || event.sourceIp === sourceIp)
  )
}
