import { useEffect, useSyncExternalStore } from 'react'

const KEY = 'chatelaine.shortcuts'
const listeners = new Set<() => void>()

/** Whether single keys act; people with speech input switch them off (WCAG 2.1.4). */
export function useShortcutsOn(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => localStorage.getItem(KEY) !== 'off',
  )
  const set = (next: boolean) => {
    localStorage.setItem(KEY, next ? 'on' : 'off')
    for (const listener of listeners) listener()
  }
  return [on, set]
}

/** Keys of a page: `j`, `Enter`, `?`; two after one another as `g a`. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>

/** What keys do, for the help: `{ keys: ['j', 'k'], does: 'Move' }`. Two after one another stand in one: `g a`. */
export type KeyHelp = readonly { keys: readonly string[]; does: string }[]

const shownHelp = new Set<KeyHelp>()
const helpListeners = new Set<() => void>()
let allHelp: readonly KeyHelp[] = []

function tellHelp(): void {
  allHelp = [...shownHelp]
  for (const listener of helpListeners) listener()
}

/** Lists keys in the help for as long as the component stands. Give it a stable list. */
export function useKeyHelp(help: KeyHelp): void {
  useEffect(() => {
    shownHelp.add(help)
    tellHelp()
    return () => {
      shownHelp.delete(help)
      tellHelp()
    }
  }, [help])
}

/** All lists of keys that hold now. */
export function useAllKeyHelp(): readonly KeyHelp[] {
  return useSyncExternalStore(
    (listener) => {
      helpListeners.add(listener)
      return () => helpListeners.delete(listener)
    },
    () => allHelp,
  )
}

const SECOND_KEY_MS = 1000

/** Acts on single keys, never in a field, in a dialog, or with a modifier. Give it a stable object. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const [on] = useShortcutsOn()
  useEffect(() => {
    if (!on) return
    let first: { key: string; at: number } | null = null
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
      const pair = first && event.timeStamp - first.at < SECOND_KEY_MS ? `${first.key} ${event.key}` : null
      first = { key: event.key, at: event.timeStamp }
      const act = (pair && shortcuts[pair]) ?? shortcuts[event.key]
      if (!act) return
      event.preventDefault()
      act(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [shortcuts, on])
}

function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false
  if (
    target.closest(
      'input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]',
    )
  )
    return true
  return key === 'Enter' && target.closest('a, button') !== null
}
