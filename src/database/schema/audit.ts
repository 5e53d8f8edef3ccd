import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { accountPolicies, bytea, instant } from './columns.ts'

/** The counter row of an account's history: taken under its lock as the last thing in a transaction (append_event). */
export const auditHeads = pgTable(
  'audit_heads',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => accounts.id),
    /** Of the newest event; 0 before the first. */
    sequence: bigint('sequence', { mode: 'number' }).notNull().default(0),
    /** Of the newest event, so that time never goes back within an account. */
    occurredAt: instant('occurred_at').notNull(),
    /** Of the last event that could end a token or narrow a right. */
    authSequence: bigint('auth_sequence', { mode: 'number' }).notNull().default(0),
  },
  () => accountPolicies('audit_heads'),
)

/** The history. `record` holds the bytes that were hashed; the other columns are copies for searching. */
export const auditEvents = pgTable(
  'audit_events',
  {
    accountId: uuid('account_id').notNull(),
    sequence: bigint('sequence', { mode: 'number' }).notNull(),
    id: uuid('id').notNull(),
    type: text('type').notNull(),
    appId: uuid('app_id'),
    actorId: uuid('actor_id'),
    sourceIp: text('source_ip'),
    occurredAt: instant('occurred_at').notNull(),
    record: text('record').notNull(),
    hash: bytea('hash').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.sequence] }),
    uniqueIndex('audit_events_id').on(t.accountId, t.id),
    index('audit_events_by_type').on(t.accountId, t.type, t.sequence),
    index('audit_events_by_app').on(t.accountId, t.appId, t.sequence).where(sql`app_id is not null`),
    index('audit_events_by_actor').on(t.accountId, t.actorId, t.sequence).where(sql`actor_id is not null`),
    index('audit_events_by_ip').on(t.accountId, t.sourceIp, t.sequence).where(sql`source_ip is not null`),
    index('audit_events_by_time').on(t.accountId, t.occurredAt, t.sequence),
    ...accountPolicies('audit_events'),
  ],
)
