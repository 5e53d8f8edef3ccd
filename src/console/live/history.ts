import type { Client, CombinedError } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { codeOf } from '../api/refusal.ts'
import { isSignedOut, type Socket } from '../api/socket.ts'
import { type Entry, type Event, EventFields } from './event.ts'
import { append } from './seam.ts'

/** How the tab stands to the history. */
export type Connection =
  | { state: 'connecting' | 'catching-up' | 'live' | 'offline' | 'signed-out' | 'refused' }
  /** @param until instant in ms at which it is tried again */
  | { state: 'reconnecting'; until: number }
  /** Events were trimmed while the page was away: `from` to `to` cannot be read any more. */
  | { state: 'expired'; from: number; to: number }

export type HistoryState = {
  connection: Connection
  /** The newest event's sequence; 0 in an empty history, null before it is known. */
  head: number | null
  /** The newest events, oldest first, without a gap but those in `gaps`. */
  events: readonly Entry[]
  /** The cursor before which older ones are read; null where there are none. */
  earlier: string | null
  /** Sequences that were trimmed while this page was away. */
  gaps: readonly { from: number; to: number }[]
  /** How many events the last return of the line brought, and when (ms); null before the first. */
  caughtUp: { events: number; at: number } | null
  /** The reader stopped the list; events are still taken. */
  held: boolean
  /** The head at which it was stopped. */
  heldAt: number | null
}

/** One subscription per tab feeds the head, the audit list, histories and details. */
export type History = {
  subscribe(listener: () => void): () => void
  snapshot(): HistoryState
  /** Told of each event from now on, in sequence. */
  onEvent(listener: (event: Event) => void): () => void
  setHeld(held: boolean): void
  /** The line broke, and is tried again at this instant (ms). */
  onWait(until: number): void
  reconnectNow(): void
  /** After `expired`: go on with the oldest event that is kept. After `refused`: ask once more. */
  goOn(): void
  close(): void
}

/** Older ones are read again from the server when they are scrolled to. */
const KEPT = 20_000
const FLUSH_MS = 16
/** Between two attempts where the server answers, but with a fault: doubled each time up to the longest. */
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000

const NewestEvents = graphql(
  `query NewestEvents {
    auditEvents(last: 50) { headCursor pageInfo { hasPreviousPage startCursor } edges { cursor node { ...EventFields } } }
  }`,
  [EventFields],
)
const Feed = graphql(
  `subscription Feed($after: String) {
    auditEvents(after: $after, begin: OLDEST, heartbeat: "PT30S") { cursor live node { ...EventFields } }
  }`,
  [EventFields],
)
type FeedItem = ResultOf<typeof Feed>['auditEvents']

/**
 * Follows the account's history: the newest page first, then the feed from its `headCursor` on, so that nothing falls
 * between the two. The socket resumes with `cursor()` by itself.
 */
export function followHistory(client: Client, socket: Socket, place: { cursor: string | null }): History {
  let state: HistoryState = {
    connection: { state: 'connecting' },
    head: null,
    events: [],
    gaps: [],
    earlier: null,
    caughtUp: null,
    held: false,
    heldAt: null,
  }
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(event: Event) => void>()
  let arrived: Entry[] = []
  let flushing: ReturnType<typeof setTimeout> | undefined
  let backlog = 0
  let resumeAfter: string | null = null
  let ended = false
  let unsubscribe = () => {}

  const publish = (change: Partial<HistoryState>) => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const flush = () => {
    flushing = undefined
    if (arrived.length === 0) return
    const fresh = arrived
    arrived = []
    publish({ ...append(state, fresh, KEPT), head: fresh.at(-1)?.sequence ?? state.head })
    for (const event of fresh) for (const listener of eventListeners) listener(event)
  }
  const take = ({ cursor, live, node }: FeedItem) => {
    place.cursor = cursor
    const last = arrived.at(-1)?.sequence ?? state.head ?? 0
    if (node && node.sequence > last) {
      arrived.push({ ...node, cursor })
      if (state.connection.state !== 'live') backlog += 1
      flushing ??= setTimeout(flush, FLUSH_MS)
    }
    if (live && state.connection.state !== 'live') {
      flush()
      wait = FIRST_WAIT_MS
      publish({ connection: { state: 'live' }, caughtUp: { events: backlog, at: Date.now() } })
      backlog = 0
    } else if (!live && state.connection.state !== 'catching-up') publish({ connection: { state: 'catching-up' } })
  }
  const end = (connection: Connection) => publish({ connection })

  let retry: ReturnType<typeof setTimeout> | undefined
  let wait = FIRST_WAIT_MS
  let onceMore: (() => void) | null = null
  const waitFor = (act: () => void) => {
    publish({ connection: { state: 'reconnecting', until: Date.now() + wait } })
    onceMore = () => {
      clearTimeout(retry)
      onceMore = null
      act()
    }
    retry = setTimeout(onceMore, wait)
    wait = Math.min(2 * wait, LONGEST_WAIT_MS)
  }

  const begin = async () => {
    const { data, error } = await client.query(NewestEvents, {}, { requestPolicy: 'network-only' })
    if (ended) return
    const page = data?.auditEvents
    if (!page) return error && passes(error) ? waitFor(begin) : end({ state: 'refused' })
    wait = FIRST_WAIT_MS
    place.cursor = page.headCursor
    publish({
      events: page.edges.map(({ cursor, node }) => ({ ...node, cursor })),
      earlier: page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null,
      head: page.edges.at(-1)?.node.sequence ?? 0,
    })
    subscribeToFeed()
  }

  const subscribeToFeed = () => {
    unsubscribe()
    const subscription = client.subscription(Feed, { after: place.cursor }).subscribe(({ data, error }) => {
      if (data?.auditEvents) take(data.auditEvents)
      if (!error) return
      const expired = error.graphQLErrors.find(({ extensions }) => extensions?.code === 'CURSOR_EXPIRED')?.extensions
      if (expired) {
        const missed = expired.missed as { from: number; to: number }
        resumeAfter = String(expired.resumeAfter)
        publish({ gaps: [...state.gaps, missed] })
        end({ state: 'expired', ...missed })
      } else if (passes(error) && !error.networkError) waitFor(subscribeToFeed)
      else end({ state: isSignedOut(error.networkError) ? 'signed-out' : 'refused' })
    })
    unsubscribe = () => subscription.unsubscribe()
  }
  const onOffline = () => {
    publish({ connection: { state: 'offline' } })
    socket.drop()
  }
  const goOnline = () => (onceMore ? onceMore() : socket.reconnectNow())
  const onOnline = () => {
    if (state.connection.state === 'offline') publish({ connection: { state: 'reconnecting', until: Date.now() } })
    goOnline()
  }
  window.addEventListener('offline', onOffline)
  window.addEventListener('online', onOnline)
  void begin()

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => state,
    onEvent(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    setHeld: (held) => publish({ held, heldAt: held ? state.head : null }),
    onWait(until) {
      if (state.connection.state !== 'offline') publish({ connection: { state: 'reconnecting', until } })
    },
    reconnectNow: goOnline,
    goOn() {
      if (state.connection.state === 'expired') place.cursor = resumeAfter
      if (state.head === null) return void begin()
      publish({ connection: { state: 'catching-up' } })
      subscribeToFeed()
    },
    close() {
      ended = true
      clearTimeout(retry)
      clearTimeout(flushing)
      window.removeEventListener('offline', onOffline)
      window.removeEventListener('online', onOnline)
      unsubscribe()
    },
  }
}

/** Whether it may go by itself: a lost line, a fault, a database that is away. */
function passes(error: CombinedError): boolean {
  return (
    Boolean(error.networkError) || ['INTERNAL', 'UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED'].includes(codeOf(error) ?? '')
  )
}
