import { eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import type { Caller, Origin } from '../caller.ts'
import { type Database, databaseNow, enterAccount, inSystem, sessions } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { beginSession, type SignedIn } from './begin-session.ts'
import { holdMembership } from './membership.ts'
import { isPasswordUnchanged } from './person.ts'
import { type SignInInstance, verifyPassword } from './verify-password.ts'

export type SignIn = { email: string; password: string; accountId?: string | null }

/**
 * Signs a person in with e-mail and password and begins a session. Event: SIGNED_IN; failures are gathered into
 * SIGN_IN_FAILED.
 *
 * @returns the session's token, this once. Errors: INVALID_CREDENTIALS, the same for an unknown e-mail, a wrong password
 *   and an account that one is no member of
 * @throws Fault RATE_LIMITED after too many failures, whether the password is right or not
 */
export async function signIn(
  db: Database,
  origin: Origin,
  input: SignIn,
  instance: SignInInstance,
): Promise<Result<SignedIn>> {
  const wrong = refuse('INVALID_CREDENTIALS', [], 'E-mail or password is wrong.')
  const person = await verifyPassword(db, origin, input, instance)
  if (!person) return wrong
  return inSystem(db, async (tx) => {
    if (!(await isPasswordUnchanged(tx, person))) return wrong
    const membership = await holdMembership(tx, person.userId, input.accountId ?? null)
    if (!membership) return wrong
    const now = await databaseNow(tx)
    return { ok: true, value: await beginSession(tx, person, membership, origin, instance.limits, now) }
  })
}

/** Ends one session. Event: SIGNED_OUT. Ending one that is over already is no mistake, and no event. */
export async function signOut(db: Database, caller: Caller, sessionId: string): Promise<void> {
  await inSystem(db, async (tx) => {
    const ended = await tx.delete(sessions).where(eq(sessions.id, sessionId)).returning({ id: sessions.id })
    if (ended.length === 0) return
    const now = await databaseNow(tx)
    await enterAccount(tx, caller.accountId)
    await recordEvent(tx, caller, now, {
      type: 'SIGNED_OUT',
      resource: { type: 'User', id: caller.actor.id ?? caller.accountId, name: caller.actor.name },
    })
  })
}
