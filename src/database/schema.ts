import { sql } from 'drizzle-orm'
import {
  bigint,
  customType,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgRole,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { ActorType, Role } from '../caller.ts'

/** Works for one account at a time: sees its rows only, whatever a query forgets (row-level security). */
export const memberRole = pgRole('chatelaine_member').existing()
/** Works across accounts: sign-in, sessions, bootstrap, sweeps. */
export const systemRole = pgRole('chatelaine_system').existing()

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => new Uint8Array(value), // postgres.js gives a Buffer, PGlite a Uint8Array
})
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

// `nullif`: after the first transaction of a connection the setting is '' and not null.
const OWN_ACCOUNT = sql.raw(`account_id = nullif(current_setting('chatelaine.account', true), '')::uuid`)
/** A member sees and writes the rows of its account; the system sees all. */
const accountPolicies = (table: string) => [
  pgPolicy(`${table}_of_account`, { to: memberRole, for: 'all', using: OWN_ACCOUNT, withCheck: OWN_ACCOUNT }),
  pgPolicy(`${table}_of_system`, { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
]

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

export const apps = pgTable(
  'apps',
  {
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    id: uuid('id').notNull(),
    clientId: text('client_id').notNull().unique(),
    name: text('name').notNull(),
    description: text('description'),
    /** Seconds. */
    tokenLifetime: integer('token_lifetime').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Tokens carry the generation that they were issued in; those of an earlier one are over (revokeTokens). */
    tokenGeneration: integer('token_generation').notNull().default(0),
    /** When a token was last issued to it; written in batches. */
    lastUsedAt: instant('last_used_at'),
    status: text('status').$type<'ACTIVE' | 'DISABLED'>().notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    createdByType: text('created_by_type').$type<ActorType>().notNull(),
    createdById: uuid('created_by_id'),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    index('apps_by_created').on(t.accountId, t.createdAt, t.id).where(sql`deleted_at is null`),
    index('apps_by_updated').on(t.accountId, t.updatedAt, t.id).where(sql`deleted_at is null`),
    index('apps_by_name').on(t.accountId, sql`lower(name)`, t.id).where(sql`deleted_at is null`),
    ...accountPolicies('apps'),
  ],
)

export const secrets = pgTable(
  'secrets',
  {
    accountId: uuid('account_id').notNull(),
    id: uuid('id').notNull(),
    appId: uuid('app_id').notNull(),
    /** HMAC-SHA-256 of the secret under the instance's secret MAC key: decides every request. Null once that key was lost. */
    mac: bytea('mac'),
    /** Argon2id (PHC string): read only where the MAC key was lost. */
    hash: text('hash').notNull(),
    /** The last four characters, to tell one from another. */
    hint: text('hint').notNull(),
    createdAt: instant('created_at').notNull(),
    createdByType: text('created_by_type').$type<ActorType>().notNull(),
    createdById: uuid('created_by_id'),
    /** When a later one took its place; null for the current one. */
    replacedAt: instant('replaced_at'),
    /** When it stops working; null for the current one alone. */
    expiresAt: instant('expires_at'),
    /** Ended before its time, which ends the tokens made with it too; a grace period that runs out does not. */
    revokedAt: instant('revoked_at'),
    /** Switched off, reversibly. */
    disabledAt: instant('disabled_at'),
    /** The one that it took the place of, which undoRotation brings back. */
    replacesId: uuid('replaces_id'),
    /** Seconds from the first use of a newer secret to the end of this one; null where its end is fixed. */
    graceFromFirstUse: integer('grace_from_first_use'),
    /** When it last opened an OAuth endpoint, and from where: of the current one written in batches, of others at once. */
    lastUsedAt: instant('last_used_at'),
    lastUsedIp: text('last_used_ip'),
    /** Until when a token made with it may be out there, as far as known; without the margin for what is under way. */
    neededUntil: instant('needed_until'),
    /** When SECRET_EXPIRED was written; null where it was not, or never will be. */
    expiryRecordedAt: instant('expiry_recorded_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    index('secrets_to_expire')
      .on(t.expiresAt)
      .where(sql`expires_at is not null and revoked_at is null and expiry_recorded_at is null`),
    index('secrets_awaiting_use').on(t.accountId, t.appId).where(sql`grace_from_first_use is not null`),
    index('secrets_of_app').on(t.accountId, t.appId, t.createdAt),
    uniqueIndex('secrets_current').on(t.accountId, t.appId).where(sql`replaced_at is null`),
    ...accountPolicies('secrets'),
  ],
)

/** A public key that an app may sign in with (private_key_jwt, RFC 7523). At most 5 an app. Gone once removed. */
export const appKeys = pgTable(
  'app_keys',
  {
    accountId: uuid('account_id').notNull(),
    id: uuid('id').notNull(),
    appId: uuid('app_id').notNull(),
    kid: text('kid'),
    /** The one algorithm that its assertions are signed by (RFC 7518 §3.1, RFC 8037). */
    algorithm: text('algorithm').notNull(),
    /** RFC 7638, base64url. */
    thumbprint: text('thumbprint').notNull(),
    /** Its public members alone (RFC 7517). */
    jwk: jsonb('jwk').$type<Record<string, string>>().notNull(),
    createdAt: instant('created_at').notNull(),
    createdByType: text('created_by_type').$type<ActorType>().notNull(),
    createdById: uuid('created_by_id'),
    lastUsedAt: instant('last_used_at'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    uniqueIndex('app_keys_thumbprint').on(t.accountId, t.appId, t.thumbprint),
    uniqueIndex('app_keys_kid').on(t.accountId, t.appId, t.kid).where(sql`kid is not null`),
    ...accountPolicies('app_keys'),
  ],
)

/** Client assertions that were used (RFC 7523 §3, `jti`): each once, across all gateways and restarts. Swept when over. */
export const usedAssertions = pgTable(
  'used_assertions',
  {
    accountId: uuid('account_id').notNull(),
    appId: uuid('app_id').notNull(),
    /** SHA-256 of the `jti`: a stranger chose its length. */
    jtiHash: bytea('jti_hash').notNull(),
    /** After this the assertion is refused by its own `exp`. */
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.appId, t.jtiHash] }),
    index('used_assertions_over').on(t.expiresAt),
    ...accountPolicies('used_assertions'),
  ],
)

/** Access tokens that were revoked one by one (RFC 7009). Swept when they would be over anyway. */
export const revokedTokens = pgTable(
  'revoked_tokens',
  {
    accountId: uuid('account_id').notNull(),
    /** The token's `jti`. */
    tokenId: uuid('token_id').notNull(),
    /** The token's `exp`. */
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.tokenId] }),
    index('revoked_tokens_over').on(t.expiresAt),
    ...accountPolicies('revoked_tokens'),
  ],
)

/** Mutations that were done under an idempotency key, with what they answered. Swept after 24 hours. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    accountId: uuid('account_id').notNull(),
    /** Whose key it is: the same key of another actor is another key. */
    actorId: uuid('actor_id').notNull(),
    mutation: text('mutation').$type<'createApp' | 'rotateSecret'>().notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the input's canonical JSON (RFC 8785), without the key. */
    inputHash: bytea('input_hash').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Null only while the mutation is under way. */
    appId: uuid('app_id'),
    secretId: uuid('secret_id'),
    previousSecretExpiresAt: instant('previous_secret_expires_at'),
    /** The clear secret, sealed; overwritten after 10 minutes. */
    sealedSecret: bytea('sealed_secret'),
    /** The secret as a JWE for the caller's own key. */
    secretJwe: text('secret_jwe'),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.actorId, t.mutation, t.key] }),
    index('idempotency_keys_by_age').on(t.createdAt),
    ...accountPolicies('idempotency_keys'),
  ],
)

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

/** The instance's working keys, sealed by ENCRYPTION_KEY. */
export const keys = pgTable(
  'keys',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').$type<'secret-mac' | 'cursor-mac' | 'answer-seal' | 'token-signing'>().notNull(),
    sealed: bytea('sealed').notNull(),
    /** Of the wrapping key that sealed it: hexadecimal, never the key itself. */
    wrappedBy: text('wrapped_by').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Of token signing keys: ES256, EdDSA or RS256. */
    algorithm: text('algorithm').$type<'ES256' | 'EdDSA' | 'RS256'>(),
    /** Of token signing keys: from when on it signs; published before. Of two that sign, the later one does. */
    signsFrom: instant('signs_from'),
    /** Of token signing keys that sign no more: until when tokens under it may be out there. */
    verifiesUntil: instant('verifies_until'),
  },
  () => [pgPolicy('keys_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` })],
)

/** What the instance remembers of itself: one row a name. */
export const instanceMarkers = pgTable(
  'instance_markers',
  {
    name: text('name').primaryKey(),
    /** Sealed under a working key: a marker cannot be forged by who can write the table alone. */
    sealed: bytea('sealed').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  () => [
    pgPolicy('instance_markers_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
  ],
)
