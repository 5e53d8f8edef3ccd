import type { Event } from './event.ts'

/** What happened, in two or three words, by its type. */
export const KINDS: Readonly<Record<string, string>> = {
  APP_CREATED: 'App created',
  APP_UPDATED: 'App updated',
  APP_DELETED: 'App deleted',
  SECRET_ROTATED: 'Secret rotated',
  SECRET_ROTATION_UNDONE: 'Rotation undone',
  SECRET_DISABLED: 'Secret off',
  SECRET_ENABLED: 'Secret on',
  SECRET_REVOKED: 'Secret ended early',
  SECRET_EXPIRED: 'Secret expired',
  SECRET_GRACE_STARTED: 'Grace started',
  TOKEN_REVOKED: 'Token revoked',
  TOKENS_REVOKED: 'Tokens revoked',
  KEY_ADDED: 'Key added',
  KEY_REMOVED: 'Key removed',
  MEMBER_INVITED: 'Member invited',
  INVITATION_REVOKED: 'Invitation revoked',
  MEMBER_ADDED: 'Member added',
  MEMBER_UPDATED: 'Member updated',
  MEMBER_REMOVED: 'Member removed',
  SIGNED_IN: 'Signed in',
  SIGNED_OUT: 'Signed out',
  SIGN_IN_FAILED: 'Sign-in failed',
  SESSION_REVOKED: 'Session ended',
  PASSWORD_CHANGED: 'Password changed',
  ACCOUNT_CREATED: 'Account created',
  ACCOUNT_UPDATED: 'Account renamed',
  AUDIT_TRIMMED: 'History trimmed',
}

/** What an event is, in words; of a type that this build does not know, its wire name. */
export function kindOf({ type, name }: Pick<Event, 'type' | 'name'>): string {
  return KINDS[type] ?? name
}
