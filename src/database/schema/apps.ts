import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { ActorType } from '../../caller.ts'
import { accounts } from './accounts.ts'
import { accountPolicies, bytea, instant, policyAcross, sweeperRole } from './columns.ts'

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
    policyAcross('secrets', sweeperRole, 'sweeper'),
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
    policyAcross('used_assertions', sweeperRole, 'sweeper'),
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
    policyAcross('revoked_tokens', sweeperRole, 'sweeper'),
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
    policyAcross('idempotency_keys', sweeperRole, 'sweeper'),
  ],
)
