import { randomUUIDv7 } from 'node:crypto'
import { and, desc, eq, notInArray } from 'drizzle-orm'
import { type NewEvent, recordEvent } from '../audit/index.ts'
import { type Caller, type Origin, permissionsOf, type Role } from '../caller.ts'
import { type Database, enterAccount, sessions } from '../database/index.ts'
import { mintSessionToken, type SessionLimits } from './session.ts'

export type SignedIn = { sessionToken: string; sessionId: string; caller: Caller }

/** One more sign-in of a person ends the session that was used least lately. */
const MAX_SESSIONS = 100

/**
 * Begins a session, inside inSystem and under lockPerson, and goes on as a member of its account. Events: those of what
 * came before it, then SIGNED_IN. Call it last.
 * @param before what the person did to come here, told first: the history's lock is taken when all else is written
 * @returns the token, this once
 */
export async function beginSession(
  tx: Database,
  person: { userId: string; email: string },
  membership: { accountId: string; role: Role },
  origin: Origin,
  limits: SessionLimits,
  now: Date,
  before: readonly NewEvent[] = [],
): Promise<SignedIn> {
  const { token, tokenHash } = mintSessionToken()
  const sessionId = randomUUIDv7()
  const newest = tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.userId, person.userId))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id))
    .limit(MAX_SESSIONS - 1)
  await tx.delete(sessions).where(and(eq(sessions.userId, person.userId), notInArray(sessions.id, newest)))
  await tx.insert(sessions).values({
    id: sessionId,
    tokenHash,
    userId: person.userId,
    accountId: membership.accountId,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + limits.sessionMax * 1000),
    ip: origin.ip,
    userAgent: origin.userAgent,
  })
  const caller: Caller = {
    accountId: membership.accountId,
    actor: { type: 'USER', id: person.userId, name: person.email },
    role: membership.role,
    permissions: new Set(permissionsOf(membership.role)),
    scopes: null,
    credential: null,
    origin,
  }
  await enterAccount(tx, membership.accountId)
  const signedIn: NewEvent = { type: 'SIGNED_IN', resource: { type: 'User', id: person.userId, name: person.email } }
  for (const event of [...before, signedIn]) await recordEvent(tx, caller, now, event)
  return { sessionToken: token, sessionId, caller }
}
