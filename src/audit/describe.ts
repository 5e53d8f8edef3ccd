import { formatDuration } from '../duration.ts'
import type { AuditEvent, AuditEventType, Json } from './event.ts'

/** One sentence in English, fit to show. Derived when shown, never part of the record: it may be worded anew. */
export function describeEvent(event: AuditEvent): string {
  const sentence = sentences[event.type]
  return sentence ? sentence(event, event.resourceName ?? event.resourceId) : `${event.actor.name}: ${event.type}`
}

type Sentence = (event: AuditEvent, name: string) => string

const sentences: Partial<Record<AuditEventType, Sentence>> = {
  APP_CREATED: ({ actor }, name) => `${actor.name} created ${name}`,
  APP_UPDATED: ({ actor, changes }, name) =>
    `${actor.name} changed ${listOf(changes.map(({ field }) => FIELDS[field] ?? field))} of ${name}`,
  APP_DELETED: ({ actor }, name) => `${actor.name} deleted ${name}`,
  SECRET_ROTATED: (event, name) => `${event.actor.name} rotated the secret of ${name}; ${fateOf(event)}`,
  SECRET_ROTATION_UNDONE: ({ actor, secretHint }, name) =>
    `${actor.name} took back the rotation of the secret of ${name}; the secret …${secretHint} ended at once`,
  SECRET_DISABLED: ({ actor, secretHint }, name) => `${actor.name} switched off the secret …${secretHint} of ${name}`,
  SECRET_ENABLED: ({ actor, secretHint }, name) => `${actor.name} switched on the secret …${secretHint} of ${name}`,
  SECRET_EXPIRED: ({ secretHint }, name) => `the grace period of the secret …${secretHint} of ${name} ended`,
  SECRET_GRACE_STARTED: ({ actor, secretHint, secretExpiresAt }, name) =>
    `${actor.name} used a newer secret; the secret …${secretHint} of ${name} works until ${minuteOf(secretExpiresAt)}`,
  TOKEN_REVOKED: ({ actor }) => `${actor.name} ended one of its access tokens`,
  TOKENS_REVOKED: ({ actor }, name) => `${actor.name} ended all access tokens of ${name}`,
  SECRET_REVOKED: ({ actor, secretHint }, name) => `${actor.name} ended the secret …${secretHint} of ${name}`,
  KEY_ADDED: ({ actor, changes: [key] }, name) => `${actor.name} gave ${name} ${keyOf(key?.after)}`,
  KEY_REMOVED: ({ actor, changes: [key] }, name) => `${actor.name} took ${keyOf(key?.before)} from ${name}`,
  MEMBER_ADDED: ({ actor, changes }, name) =>
    `${actor.name} added ${name} as ${changes.find(({ field }) => field === 'role')?.after}`,
  MEMBER_INVITED: ({ actor, changes }, name) =>
    `${actor.name} invited ${name} as ${changes.find(({ field }) => field === 'role')?.after}`,
  INVITATION_REVOKED: ({ actor }, name) => `${actor.name} took back the invitation of ${name}`,
  MEMBER_UPDATED: ({ actor, changes: [role] }, name) =>
    `${actor.name} changed the role of ${name} from ${role?.before} to ${role?.after}`,
  MEMBER_REMOVED: ({ actor }, name) => `${actor.name} removed ${name}`,
  SIGN_IN_FAILED: ({ actor, attempts }) =>
    `${attempts === 1 ? 'One attempt' : `${attempts} attempts`} to sign in as ${actor.name} failed`,
  SESSION_REVOKED: ({ actor }) => `${actor.name} ended a session`,
  PASSWORD_CHANGED: ({ actor }, name) => `${actor.name} changed the password of ${name}`,
  ACCOUNT_UPDATED: ({ actor }, name) => `${actor.name} renamed the account to ${name}`,
  SIGNED_IN: ({ actor }) => `${actor.name} signed in`,
  SIGNED_OUT: ({ actor }) => `${actor.name} signed out`,
  ACCOUNT_CREATED: ({ actor }, name) => `${actor.name} created the account ${name}`,
}

const FIELDS: Record<string, string> = {
  tokenLifetime: 'the token lifetime',
  name: 'the name',
  description: 'the description',
  scopes: 'the scopes',
  status: 'the status',
}

function fateOf({ gracePeriod, graceStarts, secretExpiresAt }: AuditEvent): string {
  if (graceStarts === 'FIRST_USE')
    return `the one before works until ${formatDuration(gracePeriod ?? 0)} after the first use of the new one, ${minuteOf(secretExpiresAt)} at the latest`
  if (!gracePeriod) return 'the ones before ended at once'
  return `the one before works until ${minuteOf(secretExpiresAt)} (${formatDuration(gracePeriod)})`
}

/** By its kid, which people know it by, or the beginning of its thumbprint. */
function keyOf(key: Json | undefined): string {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return 'a key'
  return `the ${key.algorithm} key ${key.kid ?? `${String(key.thumbprint).slice(0, 8)}…`}`
}

function minuteOf(instant: Date | null): string {
  return instant ? `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'its end'
}

function listOf(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
