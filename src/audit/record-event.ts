import { randomUUIDv7 } from 'node:crypto'
import canonicalize from 'canonicalize'
import { sql } from 'drizzle-orm'
import type { Caller } from '../caller.ts'
import { type Database, rows } from '../database/index.ts'
import { formatDuration } from '../duration.ts'
import type { AuditEventType, NewEvent } from './event.ts'

const MAX_RECORD_BYTES = 262_144
const MAX_USER_AGENT = 512

/** Those after which a token may no longer hold or a right may be narrower: the account's auth_sequence moves with them. */
const ENDS_ACCESS: ReadonlySet<AuditEventType> = new Set<AuditEventType>([
  'APP_UPDATED',
  'APP_DELETED',
  'SECRET_ROTATED',
  'SECRET_ROTATION_UNDONE',
  'SECRET_DISABLED',
  'SECRET_REVOKED',
  'TOKEN_REVOKED',
  'TOKENS_REVOKED',
  'KEY_REMOVED',
  'MEMBER_UPDATED',
  'MEMBER_REMOVED',
  'SIGNED_OUT',
  'SESSION_REVOKED',
  'PASSWORD_CHANGED',
])

/**
 * Writes one event into the caller's account's history, in the caller's transaction (inside inAccount): both commit, or
 * neither. Call it last, because it locks the account's counter until the commit; so sequences have commit order, without a gap.
 *
 * @param at the mutation's instant (databaseNow); the event's is never earlier than that of the event before
 * @returns the event's place in the history
 */
export async function recordEvent(tx: Database, caller: Caller, at: Date, event: NewEvent): Promise<number> {
  const id = randomUUIDv7()
  const { source, ip, userAgent, requestId } = caller.origin
  // The members in canonical order (RFC 8785 §3.2.3). The database alone knows occurredAt and sequence, under the lock.
  const before = {
    accountId: caller.accountId,
    actor: caller.actor,
    appId: event.appId ?? null,
    attempts: event.attempts ?? null,
    changes: event.changes ?? [],
    gracePeriod: event.gracePeriod === undefined ? null : formatDuration(event.gracePeriod),
    graceStarts: event.graceStarts ?? null,
    id,
  }
  const between = {
    requestId,
    resourceId: event.resource.id,
    resourceName: event.resource.name,
    resourceType: event.resource.type,
    secretExpiresAt: event.secret?.expiresAt?.toISOString() ?? null,
    secretHint: event.secret?.hint ?? null,
    secretId: event.secret?.id ?? null,
  }
  const after = {
    source,
    sourceIp: ip,
    type: event.type,
    userAgent: userAgent === null ? null : Array.from(userAgent.toWellFormed()).slice(0, MAX_USER_AGENT).join(''),
    v: 1,
  }
  const head = `{${membersOf(before)},"occurredAt":"`
  const middle = `",${membersOf(between)},"sequence":`
  const tail = `,${membersOf(after)}}`
  if (Buffer.byteLength(head + middle + tail) > MAX_RECORD_BYTES - 64)
    throw new Error('An event is larger than its record may be.')
  const [row] = await rows<{ sequence: string | number }>(
    tx,
    sql`select o_sequence as sequence from append_event(
      ${id}::uuid, ${event.type}, ${event.appId ?? null}::uuid, ${caller.actor.id}::uuid, ${ip}, ${at.toISOString()}::timestamptz,
      ${ENDS_ACCESS.has(event.type)}::boolean, ${head}, ${middle}, ${tail})`,
  )
  if (!row) throw new Error('The event was not written.')
  return Number(row.sequence)
}

function membersOf(members: Record<string, unknown>): string {
  const text = canonicalize(members)
  if (!text) throw new Error('An event could not be written as canonical JSON.')
  return text.slice(1, -1)
}
