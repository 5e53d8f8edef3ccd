import { and, desc, eq, ne } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { type Database, databaseNow, enterAccount, inSystem, sessions, users } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { recordInEveryAccount } from './in-every-account.ts'
import { holdMemberships } from './membership.ts'
import { requirePerson } from './own-account.ts'
import { checkPassword, isPasswordUnchanged } from './person.ts'
import type { SessionLimits } from './session.ts'
import { type SignInInstance, verifyPassword } from './verify-password.ts'

/** A sign-in, without its token. */
export type SessionInfo = {
  id: string
  createdAt: Date
  lastSeenAt: Date
  /** The earlier of the idle and the absolute end, as things stand. */
  expiresAt: Date
  ip: string | null
  userAgent: string | null
  current: boolean
}

/** The person's own sign-ins that hold, the one used last first: at most 100. @throws Fault FORBIDDEN for an app */
export async function listSessions(
  db: Database,
  caller: Caller,
  currentId: string | null,
  limits: SessionLimits,
): Promise<SessionInfo[]> {
  const userId = requirePerson(caller)
  const [now, found] = await inSystem(db, async (tx) => [
    await databaseNow(tx),
    await tx
      .select()
      .from(sessions)
      .where(eq(sessions.userId, userId))
      .orderBy(desc(sessions.lastSeenAt), desc(sessions.id)),
  ])
  return found
    .map(({ id, createdAt, lastSeenAt, expiresAt, ip, userAgent }) => {
      const idleEnd = lastSeenAt.getTime() + limits.sessionIdle * 1000
      const end = new Date(Math.min(idleEnd, expiresAt.getTime()))
      return { id, createdAt, lastSeenAt, expiresAt: end, ip, userAgent, current: id === currentId }
    })
    .filter(({ expiresAt }) => expiresAt > now)
}

/** Ends one of the person's own sign-ins. Event: SESSION_REVOKED. @returns its id. Errors: NOT_FOUND */
export async function revokeSession(db: Database, caller: Caller, input: { id: string }): Promise<Result<string>> {
  const userId = requirePerson(caller)
  return inSystem(db, async (tx) => {
    const ended = await tx
      .delete(sessions)
      .where(and(eq(sessions.id, input.id), eq(sessions.userId, userId)))
      .returning({ id: sessions.id })
    if (ended.length === 0) return refuse('NOT_FOUND', ['id'], 'You have no such session.')
    const now = await databaseNow(tx)
    await enterAccount(tx, caller.accountId)
    await recordEvent(tx, caller, now, {
      type: 'SESSION_REVOKED',
      resource: { type: 'Session', id: input.id, name: null },
    })
    return { ok: true, value: input.id }
  })
}

/**
 * Changes the person's own password and ends their other sessions, wherever they are. Event: PASSWORD_CHANGED, in every
 * account of the person. A wrong current password is a failed sign-in: a stolen session guesses no oftener than anybody.
 * @returns the accounts whose history grew. Errors: INVALID_CREDENTIALS, TOO_SHORT, TOO_LONG
 * @throws Fault FORBIDDEN for an app; RATE_LIMITED after too many failures, whether the password is right or not
 */
export async function changePassword(
  db: Database,
  caller: Caller,
  sessionId: string,
  input: { currentPassword: string; newPassword: string },
  instance: SignInInstance,
): Promise<Result<string[]>> {
  const userId = requirePerson(caller)
  const errors = checkPassword(input.newPassword, 'newPassword')
  if (errors.length > 0) return { ok: false, errors }
  const wrong = refuse('INVALID_CREDENTIALS', ['currentPassword'], 'This is not your password.')
  const current = { email: caller.actor.name, password: input.currentPassword }
  const person = await verifyPassword(db, caller.origin, current, instance)
  if (!person) return wrong
  const passwordHash = await instance.slowHash.hash(input.newPassword)
  const change = { userId, email: person.email, passwordHash, keepSession: sessionId }
  return inSystem(db, async (tx) => {
    // Verified before another change of it, it is no longer theirs: who knows the old one may not undo that change.
    if (!(await isPasswordUnchanged(tx, person))) return wrong
    return { ok: true, value: await setPassword(tx, change, (accountId) => ({ ...caller, accountId })) }
  })
}

/**
 * Sets a person's password and ends their sessions but one, inside inSystem.
 * @returns the accounts whose history grew
 */
export async function setPassword(
  tx: Database,
  person: { userId: string; email: string; passwordHash: string; keepSession: string | null },
  callerIn: (accountId: string) => Caller,
): Promise<string[]> {
  const { userId, email, passwordHash, keepSession } = person
  await tx.update(users).set({ passwordHash }).where(eq(users.id, userId))
  await holdMemberships(tx, userId) // a removal takes the membership first, too: neither waits for the other's sessions
  const others = keepSession === null ? undefined : ne(sessions.id, keepSession)
  await tx.delete(sessions).where(and(eq(sessions.userId, userId), others))
  const now = await databaseNow(tx)
  return recordInEveryAccount(tx, userId, now, callerIn, () => ({
    type: 'PASSWORD_CHANGED',
    resource: { type: 'User', id: userId, name: email },
  }))
}
