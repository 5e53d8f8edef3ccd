import { asc, eq } from 'drizzle-orm'
import { auditEvents, type Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import type { Sequence } from './event.ts'

/**
 * The sequence of the oldest event that retention has left; where it has left none, or there is none yet, the next one's.
 * @param head of the account, as the same transaction sees it
 */
export async function oldestKept(tx: Database, accountId: string, head: Sequence): Promise<Sequence> {
  const [oldest] = await tx
    .select({ sequence: auditEvents.sequence })
    .from(auditEvents)
    .where(eq(auditEvents.accountId, accountId))
    .orderBy(asc(auditEvents.sequence))
    .limit(1)
  return oldest?.sequence ?? head + 1
}

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
