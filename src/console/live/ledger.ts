import type { Client, CombinedError } from 'urql'
import { graphql, type VariablesOf } from '../api/graphql.ts'
import { type Entry, EventFields } from './event.ts'
import type { History } from './history.ts'
import { type EventFilter, matches } from './match.ts'
import { above, append, prepend, type Stretch } from './seam.ts'

const OlderEvents = graphql(
  `query OlderEvents($filter: AuditEventFilter, $before: String) {
    auditEvents(filter: $filter, last: 100, before: $before) {
      pageInfo { hasPreviousPage startCursor }
      edges { cursor node { ...EventFields } }
    }
  }`,
  [EventFields],
)
type WireFilter = VariablesOf<typeof OlderEvents>['filter']

export type LedgerState = Stretch<Entry> & {
  /** The newest page is not here yet. */
  opening: boolean
  /** Older ones are being read. */
  loading: boolean
  /** What kept the last page away. */
  fault: CombinedError | null
}

/** The part of the history that matches a filter: live events as they come, older ones page by page. */
export type Ledger = {
  subscribe(listener: () => void): () => void
  snapshot(): LedgerState
  loadEarlier(): Promise<void>
}

/** More than anyone scrolls through, and few enough for a browser. */
const MOST = 20_000

/**
 * Joins what the tab's history holds with the past that the API answers: both are filtered by the same rule, the one in
 * the browser, the other by the server. A page may be short, or empty, and yet not the last.
 */
export function openLedger(client: Client, history: History, filter: EventFilter): Ledger {
  let state: LedgerState = { events: [], earlier: null, opening: true, loading: false, fault: null }
  let seen = 0
  const listeners = new Set<() => void>()
  const publish = (change: Partial<LedgerState>) => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const absorb = () => {
    const { head, events, earlier } = history.snapshot()
    if (head === null) return
    const fresh = above(events, seen)
    if (fresh.length === 0 && !state.opening) return
    seen = fresh.at(-1)?.sequence ?? seen
    const matched = fresh.filter((event) => matches(event, filter))
    const first = state.opening ? { earlier, opening: false } : {}
    if (matched.length === 0 && !state.opening) return
    publish({ ...append({ events: state.events, earlier: state.earlier, ...first }, matched, MOST), opening: false })
  }
  absorb()
  let unfollow = () => {}
  return {
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) {
        unfollow = history.subscribe(absorb)
        absorb()
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) unfollow()
      }
    },
    snapshot: () => state,
    async loadEarlier() {
      const { earlier, loading } = state
      if (earlier === null || loading) return
      publish({ loading: true, fault: null })
      const variables = { filter: filter as WireFilter, before: earlier }
      const { data, error } = await client.query(OlderEvents, variables, { requestPolicy: 'network-only' })
      const page = data?.auditEvents
      if (!page) return publish({ loading: false, fault: error ?? null })
      const events = page.edges.map(({ cursor, node }) => ({ ...node, cursor }))
      const { hasPreviousPage, startCursor } = page.pageInfo
      publish({ loading: false, ...prepend(state, { events, earlier: hasPreviousPage ? startCursor : null }) })
    },
  }
}
