import { Fault } from '../result.ts'
import type { Sequence } from './event.ts'

/**
 * Somebody asks to go on behind events that are kept no longer: they are told which ones they missed, and never just
 * given what comes next.
 * @param cursorOf how a place in the history is told to a client
 */
export function cursorExpired(from: Sequence, to: Sequence, cursorOf: (sequence: Sequence) => string): Fault {
  return new Fault(
    'CURSOR_EXPIRED',
    `The events ${from} to ${to} are past their retention and kept no longer. Resume after them, with resumeAfter.`,
    { missed: { from, to }, resumeAfter: cursorOf(to) },
  )
}
