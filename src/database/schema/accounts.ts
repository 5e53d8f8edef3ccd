import { sql } from 'drizzle-orm'
import { index, pgPolicy, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { ActorType, Role } from '../../caller.ts'
import { accountPolicies, bytea, instant, memberRole, OWN_ACCOUNT, systemRole } from './columns.ts'

export const accounts = pgTable(
  'accounts',
  { id: uuid('id').primaryKey(), name: text('name').notNull(), createdAt: instant('created_at').notNull() },
  () => {
    const own = sql.raw(`id = nullif(current_setting('chatelaine.account', true), '')::uuid`)
    return [
      pgPolicy('accounts_of_account', { to: memberRole, for: 'all', using: own, withCheck: own }),
      pgPolicy('accounts_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
    ]
  },
)

/** People are global: one may be a member of several accounts. The member role reads no password hash (grants). */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** Lower case, as it is compared. */
    email: text('email').notNull().unique(),
    name: text('name'),
    passwordHash: text('password_hash').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  () => [
    pgPolicy('users_of_account', {
      to: memberRole,
      for: 'select',
      using: sql.raw(
        `exists (select 1 from members where members.user_id = users.id and members.account_id = nullif(current_setting('chatelaine.account', true), '')::uuid)`,
      ),
    }),
    pgPolicy('users_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
  ],
)

export const members = pgTable(
  'members',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    id: uuid('id').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    role: text('role').$type<Role>().notNull(),
    joinedAt: instant('joined_at').notNull(),
    /** Kept after the removal, so that history can still say who it was. */
    removedAt: instant('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    uniqueIndex('members_person').on(t.accountId, t.userId),
    index('members_accounts_of_person').on(t.userId),
    ...accountPolicies('members'),
  ],
)

/** A sign-in. Only the SHA-256 of its token is stored; the token itself has 256 random bits. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    tokenHash: bytea('token_hash').notNull().unique(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** The account that it works in at present. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    createdAt: instant('created_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    ip: text('ip'),
    userAgent: text('user_agent'),
  },
  (t) => [
    index('sessions_of_person').on(t.userId),
    index('sessions_in_account').on(t.accountId, t.userId),
    pgPolicy('sessions_of_account', { to: memberRole, for: 'all', using: OWN_ACCOUNT, withCheck: OWN_ACCOUNT }),
    pgPolicy('sessions_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
  ],
)

/** A one-time link into an account. Only the SHA-256 of its token is stored. Gone once accepted, revoked or over. */
export const invitations = pgTable(
  'invitations',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    id: uuid('id').notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    tokenHash: bytea('token_hash').notNull().unique(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    invitedByType: text('invited_by_type').$type<ActorType>().notNull(),
    invitedById: uuid('invited_by_id'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    uniqueIndex('invitations_email').on(t.accountId, t.email),
    ...accountPolicies('invitations'),
  ],
)
