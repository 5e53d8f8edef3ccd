import type { Secret } from './secret-fields.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Where "now" stands, and how much of what is ahead is behind the last end. */
const NOW_AT = 60
const BEYOND = 1.35
const STEPS = [5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY]
const MOST_TICKS = 5
/** Closer to "now" a date would touch its word. */
const ROOM = 9

/** One axis of time for all secrets of an app: instants in ms, places in percent of its width. */
export type Axis = { start: number; end: number; now: number }

/** @param now ms */
export function axisOf(secrets: readonly Secret[], now: number): Axis {
  const ends = secrets.map(({ expiresAt }) => (expiresAt === null ? now : Date.parse(expiresAt)))
  const ahead = Math.max(...ends) - now
  const oldest = now - Math.min(now, ...secrets.map(({ createdAt }) => Date.parse(createdAt)))
  const right = Math.max(HOUR, ahead > 0 ? ahead * BEYOND : Math.min(oldest, 30 * DAY) * ((100 - NOW_AT) / NOW_AT))
  return { start: now - (right * NOW_AT) / (100 - NOW_AT), end: now + right, now }
}

/** Where an instant stands, 0 to 100; what lies before or behind the axis, at its edge. */
export function placeOf(axis: Axis, at: number): number {
  const place = ((at - axis.start) / (axis.end - axis.start)) * 100
  return Math.min(100, Math.max(0, Math.round(place * 100) / 100))
}

/** Where dates are written, none close to "now"; with the clock where days are too long. */
export function ticksOf(axis: Axis): { at: number; place: number; clock: boolean }[] {
  const span = axis.end - axis.start
  const step = STEPS.find((candidate) => span / candidate <= MOST_TICKS) ?? Math.ceil(span / MOST_TICKS / DAY) * DAY
  const ticks = []
  for (let at = Math.ceil(axis.start / step) * step; at < axis.end; at += step) {
    const place = placeOf(axis, at)
    if (Math.abs(place - NOW_AT) >= ROOM && place > 4 && place < 96) ticks.push({ at, place, clock: step < DAY })
  }
  return ticks
}
