import { and, asc, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { auditEvents, auditHeads, type Database } from '../database/index.ts'
import { type Page, type PageRequest, pageOf, walkOf } from '../page.ts'
import type { AuditEvent, AuditEventType, Sequence } from './event.ts'
import { readRecord } from './read-record.ts'

/** Null or an empty list is no condition. `from` is included, `to` is not. Unknown ids match nothing. */
export type EventFilter = {
  types?: AuditEventType[] | null
  appId?: string | null
  actorId?: string | null
  sourceIp?: string | null
  from?: Date | null
  to?: Date | null
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
): Promise<Page<AuditEvent>> {
  requirePermission(caller, 'audit/read')
  const walk = walkOf(request)
  const found = await tx
    .select({ record: auditEvents.record, hash: auditEvents.hash })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.accountId, caller.accountId),
        ...conditionsOf(caller.accountId, filter),
        request.after == null ? undefined : gt(auditEvents.sequence, request.after),
        request.before == null ? undefined : lt(auditEvents.sequence, request.before),
      ),
    )
    .orderBy(walk.backwards ? desc(auditEvents.sequence) : asc(auditEvents.sequence))
    .limit(walk.size + 1)
  return pageOf(found.map(readRecord), walk, (walk.backwards ? request.before : request.after) != null)
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

function conditionsOf(accountId: string, filter: EventFilter): (SQL | undefined)[] {
  const { types, appId, actorId, sourceIp, from, to } = filter
  // Time never goes back along the history, so a time is a place in it: one look-up by index, then the sequence decides.
  const firstAt = (at: Date) =>
    sql`(select first_at.sequence from ${auditEvents} as first_at where first_at.account_id = ${accountId}::uuid
      and first_at.occurred_at >= ${at.toISOString()}::timestamptz order by first_at.occurred_at, first_at.sequence limit 1)`
  return [
    types?.length ? sql`${auditEvents.type} = any(${sql.param(types)}::text[])` : undefined,
    appId == null ? undefined : eq(auditEvents.appId, appId),
    actorId == null ? undefined : eq(auditEvents.actorId, actorId),
    sourceIp == null ? undefined : eq(auditEvents.sourceIp, sourceIp),
    from == null ? undefined : sql`${auditEvents.sequence} >= ${firstAt(from)}`,
    to == null ? undefined : sql`${auditEvents.sequence} < coalesce(${firstAt(to)}, 9007199254740991)`,
  ]
}
