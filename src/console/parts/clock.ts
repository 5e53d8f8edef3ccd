import { useSyncExternalStore } from 'react'

/** How far the server's clock is ahead of ours, ms. */
let ahead = 0
let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Corrects the clock by the `Date` of an answer; a second of error is the header's own grain, and left alone. */
export function heardDate(header: string | null): void {
  const heard = header === null ? Number.NaN : Date.parse(header)
  if (Number.isNaN(heard)) return
  const off = heard + 500 - Date.now()
  if (Math.abs(off - ahead) > 1000) ahead = off
}

/** The server's time, ms. */
export function serverNow(): number {
  return Date.now() + ahead
}

function tick(): void {
  now = serverNow()
  for (const listener of listeners) listener()
}

function run(): void {
  clearInterval(timer)
  timer = undefined
  if (document.hidden || listeners.size === 0) return
  tick()
  timer = setInterval(tick, 1000)
}
document.addEventListener('visibilitychange', run)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) run()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) run()
  }
}

/** The server's time to the second, ms: one clock for all that counts; it stands still while the tab is hidden. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** The same to the minute, for what need not render each second. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / 60_000) * 60_000)
}
