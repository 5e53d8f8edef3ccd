import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import type { Event } from './event.ts'
import type { History, HistoryState } from './history.ts'

const HistoryContext = createContext<History | null>(null)

export function HistoryProvider({ history, children }: { history: History; children: ReactNode }) {
  return <HistoryContext value={history}>{children}</HistoryContext>
}

/** The tab's one history, to act on it. */
export function useHistoryHandle(): History {
  const history = useContext(HistoryContext)
  if (!history) throw new Error('Only within an account that is shown.')
  return history
}

/** The history as it stands; renders anew with each change. */
export function useLiveHistory(): HistoryState {
  const history = useHistoryHandle()
  return useSyncExternalStore(history.subscribe, history.snapshot)
}

/** Only its newest number and the connection: for what need not render with each event of a burst. */
export function useOnEvent(listener: (event: Event) => void): void {
  const history = useHistoryHandle()
  useEffect(() => history.onEvent(listener), [history, listener])
}
