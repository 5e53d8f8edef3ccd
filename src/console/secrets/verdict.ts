import type { Secret } from './secret-fields.ts'

/** What one has to know of a secret before it is ended. */
export type Verdict =
  /** @param since null where the history that is here does not reach back */
  | { kind: 'off'; since: string | null }
  | { kind: 'current'; usedAt: string | null; ip: string | null }
  | { kind: 'waits'; latest: string }
  | { kind: 'safe'; usedAt: string | null }
  | { kind: 'still-used'; usedAt: string; ip: string | null }
  /** @param tokensUntil when its last tokens have ended at the latest, null where a longer lifetime was set before */
  | { kind: 'unused'; tokensUntil: string | null }

/**
 * The first that fits. "Safe" is `safeToRevoke` and nothing less.
 *
 * @param tokenLifetime of the app's tokens, seconds
 * @param now ms
 * @param offSince when it was switched off, as far as that is known
 */
export function verdictOf(secret: Secret, tokenLifetime: number, now: number, offSince: string | null): Verdict {
  const { lastUsedAt, lastUsedIp, replacedAt, expiresAt } = secret
  if (secret.status === 'DISABLED') return { kind: 'off', since: offSince }
  if (secret.current || replacedAt === null || expiresAt === null)
    return { kind: 'current', usedAt: lastUsedAt, ip: lastUsedIp }
  if (secret.awaitsFirstUse) return { kind: 'waits', latest: expiresAt }
  if (secret.safeToRevoke) return { kind: 'safe', usedAt: lastUsedAt }
  if (lastUsedAt !== null && Date.parse(lastUsedAt) > Date.parse(replacedAt))
    return { kind: 'still-used', usedAt: lastUsedAt, ip: lastUsedIp }
  const until = Date.parse(lastUsedAt ?? replacedAt) + tokenLifetime * 1000
  return { kind: 'unused', tokensUntil: until > now ? new Date(until).toISOString() : null }
}
