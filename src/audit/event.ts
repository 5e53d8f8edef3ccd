import type { Actor, AuditSource } from '../caller.ts'

/** What kinds of facts the history holds, and what each is called on the wire. Grows; a name never changes. */
export const eventNames = {
  APP_CREATED: 'oauth-apps.created',
  APP_UPDATED: 'oauth-apps.updated',
  APP_DELETED: 'oauth-apps.deleted',
  SECRET_ROTATED: 'oauth-apps.secret-rotated',
  SECRET_ROTATION_UNDONE: 'oauth-apps.secret-rotation-undone',
  SECRET_DISABLED: 'oauth-apps.secret-disabled',
  SECRET_ENABLED: 'oauth-apps.secret-enabled',
  SECRET_REVOKED: 'oauth-apps.secret-revoked',
  SECRET_EXPIRED: 'oauth-apps.secret-expired',
  SECRET_GRACE_STARTED: 'oauth-apps.secret-grace-started',
  TOKEN_REVOKED: 'oauth-apps.token-revoked',
  TOKENS_REVOKED: 'oauth-apps.tokens-revoked',
  KEY_ADDED: 'oauth-apps.key-added',
  KEY_REMOVED: 'oauth-apps.key-removed',
  MEMBER_INVITED: 'members.invited',
  INVITATION_REVOKED: 'members.invitation-revoked',
  MEMBER_ADDED: 'members.added',
  MEMBER_UPDATED: 'members.updated',
  MEMBER_REMOVED: 'members.removed',
  SIGNED_IN: 'sessions.signed-in',
  SIGNED_OUT: 'sessions.signed-out',
  SIGN_IN_FAILED: 'sessions.sign-in-failed',
  SESSION_REVOKED: 'sessions.revoked',
  PASSWORD_CHANGED: 'users.password-changed',
  ACCOUNT_CREATED: 'accounts.created',
  ACCOUNT_UPDATED: 'accounts.updated',
  AUDIT_TRIMMED: 'audit.trimmed',
} as const
export type AuditEventType = keyof typeof eventNames

export type Json = string | number | boolean | null | Json[] | { [member: string]: Json }
/** One field of what was changed. Durations and times are texts in GraphQL's form. */
export type Change = { field: string; before: Json; after: Json }

/** One fact of an account's history, as its record tells it (docs/audit-log.md §1). Never changed after. */
export type AuditEvent = {
  id: string
  accountId: string
  /** 1, 2, 3 … within the account, without a gap, in commit order. */
  sequence: number
  type: AuditEventType
  occurredAt: Date
  actor: Actor
  appId: string | null
  resourceType: string
  resourceId: string
  resourceName: string | null
  changes: Change[]
  /** Seconds. */
  gracePeriod: number | null
  graceStarts: 'NOW' | 'FIRST_USE' | null
  secretId: string | null
  secretHint: string | null
  secretExpiresAt: Date | null
  attempts: number | null
  source: AuditSource
  sourceIp: string | null
  userAgent: string | null
  requestId: string | null
  /** The leaf of the account's Merkle tree (RFC 9162 §2.1), hexadecimal. */
  hash: string
}

/** What a mutation says of itself; who, when, from where and the place in the history are added by recordEvent. */
export type NewEvent = {
  type: AuditEventType
  resource: { type: string; id: string; name: string | null }
  appId?: string
  changes?: Change[]
  gracePeriod?: number
  graceStarts?: 'NOW' | 'FIRST_USE'
  /** The secret that it is about; of a rotation, the one rotated away. */
  secret?: { id: string; hint: string; expiresAt: Date | null }
  attempts?: number
}

/** The history up to which a reader has seen: an event's sequence, 0 before the first. */
export type Sequence = number
