import type { Actor, AuditSource } from '../caller.ts'
import type { auditEvents } from '../database/index.ts'
import { parseDuration } from '../duration.ts'
import type { AuditEvent, AuditEventType, Change } from './event.ts'

/** The record's members as they were written; numbers and texts only. */
type StoredRecord = {
  accountId: string
  actor: Actor
  appId: string | null
  attempts: number | null
  changes: Change[]
  gracePeriod: string | null
  graceStarts: 'NOW' | 'FIRST_USE' | null
  id: string
  occurredAt: string
  requestId: string | null
  resourceId: string
  resourceName: string | null
  resourceType: string
  secretExpiresAt: string | null
  secretHint: string | null
  secretId: string | null
  sequence: number
  source: AuditSource
  sourceIp: string | null
  type: AuditEventType
  userAgent: string | null
}

/** An event out of its row: all that it says comes from the record, whose bytes were hashed; the columns are copies. */
export function readRecord(row: Pick<typeof auditEvents.$inferSelect, 'record' | 'hash'>): AuditEvent {
  const { gracePeriod, occurredAt, secretExpiresAt, ...same } = JSON.parse(row.record) as StoredRecord
  return {
    ...same,
    occurredAt: new Date(occurredAt),
    gracePeriod: gracePeriod === null ? null : parseDuration(gracePeriod),
    secretExpiresAt: secretExpiresAt === null ? null : new Date(secretExpiresAt),
    hash: Buffer.from(row.hash).toString('hex'),
  }
}
