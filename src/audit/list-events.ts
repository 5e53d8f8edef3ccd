import { and, eq, sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { auditEvents, auditHeads, type Database } from '../database/index.ts'
import { type Page, type PageRequest, pageOf, walkOf } from '../page.ts'
import type { AuditEvent, AuditEventType, Sequence } from './event.ts'
import { firstSequenceOf } from './first-sequence.ts'
import { readRecord } from './read-record.ts'
import { findAlong, placesOf } from './walk.ts'

/** Null or an empty list is no condition. `from` is included, `to` is not. Unknown ids match nothing. */
export type EventFilter = {
  types?: AuditEventType[] | null
  appId?: string | null
  actorId?: string | null
  sourceIp?: string | null
  from?: Date | null
  to?: Date | null
}

/** A page of the history. */
export type EventPage = Page<AuditEvent> & {
  /**
   * Where the look had to stop, if it found less than a page: where several conditions meet it looks at 10,000 events at
   * most. The next page goes on from here.
   */
  stoppedAt: Sequence | null
}

/**
 * A page of the account's history, oldest first, always; `last` gives the newest. Inside readAccount.
 * @throws Fault FORBIDDEN without audit/read; BAD_USER_INPUT for a page that cannot be
 */
export async function listEvents(
  tx: Database,
  caller: Caller,
  filter: EventFilter,
  request: PageRequest<Sequence>,
): Promise<EventPage> {
  requirePermission(caller, 'audit/read')
  const { accountId } = caller
  const { size, backwards } = walkOf(request)
  const [within, first] = await Promise.all([placesOf(tx, accountId, filter), firstSequenceOf(tx, accountId)])
  const walk = {
    accountId,
    after: Math.max(within.after, request.after ?? 0, first - 1),
    before: Math.min(within.before, request.before ?? within.before),
    backwards,
  }
  const { events, stoppedAt } = await findAlong(tx, walk, filter, size + 1)
  const bounded = (backwards ? request.before : request.after) != null
  const page = pageOf(events.map(readRecord), { size, backwards }, bounded)
  if (stoppedAt === null || events.length > size) return { ...page, stoppedAt: null }
  return { ...page, [backwards ? 'hasPreviousPage' : 'hasNextPage']: true, stoppedAt }
}

/** Events by id, in the order asked for; null for one that is not in this account's history. */
export async function findEvents(tx: Database, caller: Caller, ids: readonly string[]): Promise<(AuditEvent | null)[]> {
  requirePermission(caller, 'audit/read')
  const found = await tx
    .select({ record: auditEvents.record, hash: auditEvents.hash })
    .from(auditEvents)
    .where(and(eq(auditEvents.accountId, caller.accountId), sql`${auditEvents.id} = any(${sql.param(ids)}::uuid[])`))
  const byId = new Map(found.map(readRecord).map((event) => [event.id, event]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** The sequence of the account's newest event, 0 where there is none yet. */
export async function headOf(tx: Database, accountId: string): Promise<Sequence> {
  const [head] = await tx
    .select({ sequence: auditHeads.sequence })
    .from(auditHeads)
    .where(eq(auditHeads.accountId, accountId))
  return head?.sequence ?? 0
}
