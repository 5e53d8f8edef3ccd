import type { Event } from '../live/event.ts'

const WORDS: Record<string, string> = {
  APP_CREATED: 'App created',
  APP_UPDATED: 'App updated',
  APP_DELETED: 'App deleted',
  SECRET_ROTATED: 'Secret rotated',
  SECRET_ROTATION_UNDONE: 'Rotation undone',
  SECRET_DISABLED: 'Secret switched off',
  SECRET_ENABLED: 'Secret switched on',
  SECRET_REVOKED: 'Secret ended',
  SECRET_EXPIRED: 'Secret expired',
  SECRET_GRACE_STARTED: 'Grace period started',
  TOKEN_REVOKED: 'Token revoked',
  TOKENS_REVOKED: 'Tokens revoked',
  KEY_ADDED: 'Key added',
  KEY_REMOVED: 'Key removed',
}

/** What happened to an app, in two or three words; of a type that this build does not know, its wire name. */
export function wordsOf({ type, name }: Pick<Event, 'type' | 'name'>): string {
  return WORDS[type] ?? name
}
