import { useCallback, useEffect, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { type Event, EventFields } from '../live/event.ts'
import { useOnEvent } from '../live/history-context.tsx'

const AppHistory = graphql(
  `query AppHistory($appId: ID!, $before: String) {
    auditEvents(filter: { appId: $appId }, last: 50, before: $before) {
      pageInfo { hasPreviousPage startCursor }
      nodes { ...EventFields }
    }
  }`,
  [EventFields],
)

export type AppEvents = {
  /** Oldest first. */
  events: readonly Event[]
  loaded: boolean
  /** Reads what is older; null where there is none. */
  loadEarlier: (() => void) | null
}

/** Whether an event is about the app. */
export function isAbout(event: Event, appId: string): boolean {
  return event.resourceType === 'App' && event.resourceId === appId
}

/** An app's own history: its newest events from the server, then live. @param readable without the right, nothing is asked */
export function useAppHistory(appId: string, readable: boolean): AppEvents {
  const client = useClient()
  const [page, setPage] = useState<{ events: Event[]; earlier: string | null; loaded: boolean }>({
    events: [],
    earlier: null,
    loaded: !readable,
  })
  const load = useCallback(
    async (before: string | null) => {
      const { data } = await client.query(AppHistory, { appId, before }, { requestPolicy: 'network-only' })
      const answer = data?.auditEvents
      setPage((shown) => ({
        events: merge(answer?.nodes ?? [], shown.events),
        earlier: answer?.pageInfo.hasPreviousPage ? answer.pageInfo.startCursor : null,
        loaded: true,
      }))
    },
    [client, appId],
  )
  useEffect(() => {
    if (readable) void load(null)
  }, [readable, load])
  useOnEvent(
    useCallback(
      (event: Event) => {
        if (isAbout(event, appId)) setPage((shown) => ({ ...shown, events: merge(shown.events, [event]) }))
      },
      [appId],
    ),
  )
  const { earlier } = page
  return { ...page, loadEarlier: earlier === null ? null : () => void load(earlier) }
}

/** Both in sequence, each event once. */
function merge(one: readonly Event[], other: readonly Event[]): Event[] {
  const bySequence = new Map([...one, ...other].map((event) => [event.sequence, event]))
  return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence)
}
