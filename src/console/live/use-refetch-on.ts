import { useEffect, useRef } from 'react'
import type { Event } from './event.ts'
import { useOnEvent } from './history-context.tsx'

/** Long enough for a burst of events to cost one question, short enough to look like at once. */
const SOON_MS = 100

/**
 * Keeps what a page shows live: asks anew, soon after an event that concerns it.
 * @param concerns whether an event changes what is shown; give it and `refetch` as they are, they need not be stable
 */
export function useRefetchOn(concerns: (event: Event) => boolean, refetch: () => void): void {
  const latest = useRef({ concerns, refetch })
  latest.current = { concerns, refetch }
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const listen = useRef((event: Event) => {
    if (timer.current !== undefined || !latest.current.concerns(event)) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      latest.current.refetch()
    }, SOON_MS)
  })
  useOnEvent(listen.current)
  useEffect(() => () => clearTimeout(timer.current), [])
}
