import { useMemo, useSyncExternalStore } from 'react'
import { useClient } from 'urql'
import { useHistoryHandle } from './history-context.tsx'
import { type LedgerState, openLedger } from './ledger.ts'
import type { EventFilter } from './match.ts'

/** The history under a filter, live. A filter of the same conditions is the same one. */
export function useLedger(filter: EventFilter): LedgerState & { loadEarlier: () => void } {
  const client = useClient()
  const history = useHistoryHandle()
  const key = JSON.stringify(filter)
  const ledger = useMemo(() => openLedger(client, history, JSON.parse(key)), [client, history, key])
  const state = useSyncExternalStore(ledger.subscribe, ledger.snapshot)
  return { ...state, loadEarlier: ledger.loadEarlier }
}
