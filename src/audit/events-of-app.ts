import { and, asc, eq, gt } from 'drizzle-orm'
import { auditEvents, type Database } from '../database/index.ts'
import type { AuditEvent, Sequence } from './event.ts'
import { readRecord } from './read-record.ts'

const PAGE = 100

/** What happened to an app after an event, oldest first, read as it is asked for. Inside readAccount. */
export async function* eventsOfApp(
  tx: Database,
  accountId: string,
  appId: string,
  after: Sequence,
): AsyncGenerator<AuditEvent> {
  for (let position = after, more = true; more; ) {
    const found = await tx
      .select({ record: auditEvents.record, hash: auditEvents.hash })
      .from(auditEvents)
      .where(
        and(eq(auditEvents.accountId, accountId), eq(auditEvents.appId, appId), gt(auditEvents.sequence, position)),
      )
      .orderBy(asc(auditEvents.sequence))
      .limit(PAGE)
    for (const event of found.map(readRecord)) {
      position = event.sequence
      yield event
    }
    more = found.length === PAGE
  }
}

/** When an event of the account happened; null where there is none of that sequence, or it is gone. Inside readAccount. */
export async function timeOfEvent(tx: Database, accountId: string, sequence: Sequence): Promise<Date | null> {
  const [event] = await tx
    .select({ occurredAt: auditEvents.occurredAt })
    .from(auditEvents)
    .where(and(eq(auditEvents.accountId, accountId), eq(auditEvents.sequence, sequence)))
  return event?.occurredAt ?? null
}
