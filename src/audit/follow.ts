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
}

/**
 * The events after a position, each once and in order, first those in store, then as they come. Whoever reads sets the
 * pace: an item is made when it is asked for, so a slow reader costs no memory, and reads pages once it falls behind the tail.
 *
 * Written by hand: an async generator that waits cannot be ended by return() until what it waits for comes.
 * One next() at a time.
 */
export function follow(
  tail: Tail,
  { position: start, liveAfter, filter, heartbeat }: Follow,
): AsyncIterableIterator<FeedItem> {
  let position = start
  let batch: AuditEvent[] = []
  let ended = false
  let wakeUp: (() => void) | null = null
  let greeted = heartbeat === null
  let saidLive = heartbeat === null
  let lastMessageAt = Date.now()
  const stopListening = tail.onGrowth(() => wakeUp?.())

  const waitForGrowth = (milliseconds: number | null) =>
    new Promise<void>((resolve) => {
      const timer = milliseconds === null ? null : setTimeout(() => wakeUp?.(), milliseconds)
      wakeUp = () => {
        wakeUp = null
        if (timer) clearTimeout(timer)
        resolve()
      }
    })
  const item = (event: AuditEvent | null): IteratorResult<FeedItem> => {
    lastMessageAt = Date.now()
    const live = event ? position > liveAfter : position >= liveAfter
    saidLive ||= live
    return { done: false, value: { sequence: position, event, live } }
  }
  const untilHeartbeat = () => (heartbeat === null ? null : Math.max(0, lastMessageAt + heartbeat * 1000 - Date.now()))

  return {
    async next() {
      if (!greeted) {
        greeted = true
        return item(null)
      }
      while (!ended) {
        if (batch.length === 0) batch = await tail.after(position)
        if (ended) break
        for (let event = batch.shift(); event; event = batch.shift()) {
          position = event.sequence
          if (matches(event, filter)) return item(event)
        }
        if (position < tail.head()) continue
        if ((!saidLive && position >= liveAfter) || untilHeartbeat() === 0) return item(null)
        await waitForGrowth(untilHeartbeat())
      }
      return { done: true, value: undefined }
    },
    async return() {
      ended = true
      batch = []
      stopListening()
      wakeUp?.()
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
