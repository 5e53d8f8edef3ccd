import { sql } from 'drizzle-orm'
import { bigint, index, pgPolicy, pgTable, primaryKey, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import {
  accountPolicies,
  bytea,
  exportPolicy,
  exportRole,
  instant,
  memberRole,
  policyAcross,
  retentionRole,
  sealerRole,
  systemRole,
} from './columns.ts'

const OWN_CUT = sql.raw(
  `(select trimmed from audit_heads where audit_heads.account_id = nullif(current_setting('chatelaine.account', true), '')::uuid)`,
)
/** Of the row's account: how many of its oldest events retention has taken. */
const cutOf = (table: string) => `(select trimmed from audit_heads where audit_heads.account_id = ${table}.account_id)`

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
    /** The cut: how many of the oldest events retention has taken. They count as gone, whether deleted yet or not. */
    trimmed: bigint('trimmed', { mode: 'number' }).notNull().default(0),
  },
  () => [
    ...accountPolicies('audit_heads'),
    pgPolicy('audit_heads_of_retention', { to: retentionRole, for: 'select', using: sql`true` }),
    policyAcross('audit_heads', sealerRole, 'sealer'),
    exportPolicy('audit_heads'),
  ],
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
    // One look-up a query, whatever the query forgets: what is below the cut is not there.
    pgPolicy('audit_events_kept', {
      as: 'restrictive',
      to: memberRole,
      for: 'select',
      using: sql`sequence > ${OWN_CUT}`,
    }),
    policyAcross('audit_events', sealerRole, 'sealer'),
    exportPolicy('audit_events'),
    pgPolicy('audit_events_kept_for_export', {
      as: 'restrictive',
      to: exportRole,
      for: 'select',
      using: sql`sequence > ${OWN_CUT}`,
    }),
    pgPolicy('audit_events_of_retention', {
      to: retentionRole,
      for: 'all',
      using: sql.raw(`sequence <= ${cutOf('audit_events')}`),
      withCheck: sql`false`,
    }),
  ],
)

/** The complete nodes of an account's Merkle tree (docs/audit-log.md §2): level 0 has the leaves. Written once, kept for ever. */
export const auditNodes = pgTable(
  'audit_nodes',
  {
    accountId: uuid('account_id').notNull(),
    level: smallint('level').notNull(),
    index: bigint('index', { mode: 'number' }).notNull(),
    hash: bytea('hash').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.level, t.index] }),
    ...accountPolicies('audit_nodes'),
    policyAcross('audit_nodes', sealerRole, 'sealer'),
    exportPolicy('audit_nodes'),
  ],
)

/** What was signed of an account's history: at most one note a size. */
export const auditCheckpoints = pgTable(
  'audit_checkpoints',
  {
    accountId: uuid('account_id').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    rootHash: bytea('root_hash').notNull(),
    signedAt: instant('signed_at').notNull(),
    /** The signed note; the columns beside it are copies. */
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.size] }),
    ...accountPolicies('audit_checkpoints'),
    policyAcross('audit_checkpoints', sealerRole, 'sealer'),
    exportPolicy('audit_checkpoints'),
    pgPolicy('audit_checkpoints_of_retention', {
      to: retentionRole,
      for: 'all',
      using: sql.raw(`size < ${cutOf('audit_checkpoints')}`),
      withCheck: sql`false`,
    }),
  ],
)

/** Where the sealer is in an account's history. It decides nothing: the checkpoints do. */
export const auditSeals = pgTable(
  'audit_seals',
  {
    accountId: uuid('account_id').primaryKey(),
    size: bigint('size', { mode: 'number' }).notNull(),
    /** Why nothing was signed at the last try; null where it was. */
    problem: text('problem'),
  },
  (t) => [
    index('audit_seals_problem').on(t.accountId).where(sql`problem is not null`),
    ...accountPolicies('audit_seals'),
    policyAcross('audit_seals', sealerRole, 'sealer'),
  ],
)

/**
 * Accounts whose history has grown since it was sealed: written with each event (append_event), taken out by the sealer
 * (mark_sealed). So a look for work costs what there is to do, however many accounts there are.
 */
export const auditUnsealed = pgTable('audit_unsealed', { accountId: uuid('account_id').primaryKey() }, () => [
  ...accountPolicies('audit_unsealed'),
  policyAcross('audit_unsealed', sealerRole, 'sealer'),
])

/** The public halves of the keys that have signed checkpoints, for ever. Worth what ties them to a trusted one. */
export const auditKeys = pgTable(
  'audit_keys',
  {
    publicKey: bytea('public_key').primaryKey(),
    since: instant('since').notNull(),
    /** The note by which the one before handed over to it; null for the first, and where that one was lost. */
    handover: text('handover'),
  },
  () => [policyAcross('audit_keys', systemRole, 'system'), policyAcross('audit_keys', sealerRole, 'sealer')],
)
