import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import type { Caller, Origin, Role } from '../caller.ts'
import { type Database, databaseNow, enterAccount, inSystem, members, sessions } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import type { SlowHash } from '../slow-hash.ts'
import type { AttemptLimits } from './attempt-limits.ts'
import { beginSession, type SignedIn } from './begin-session.ts'
import type { FailedSignIns } from './failed-sign-ins.ts'
import { findPerson, isPasswordUnchanged, MAX_PASSWORD, normalEmail, type Person } from './person.ts'
import type { SessionLimits } from './session.ts'

export type SignIn = { email: string; password: string; accountId?: string | null }
/** What checking a password needs of the instance. */
export type SignInInstance = {
  slowHash: SlowHash
  limits: SessionLimits
  attempts: AttemptLimits
  failedSignIns: FailedSignIns
}

/** Argon2id of nothing anybody knows: an unknown e-mail takes as long as a known one. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$Y2hhdGVsYWluZS1kdW1teQ$6sHjFU9bxnIdYYh3LgRoTcuNZdtA1sFEqRWdJFXsTGc'

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
    const membership = await chooseMembership(tx, person.userId, input.accountId ?? null)
    if (!membership) return wrong
    const now = await databaseNow(tx)
    return { ok: true, value: await beginSession(tx, person, membership, origin, instance.limits, now) }
  })
}

/**
 * Whether this is the person's password. A failure fills the bucket and is told to failedSignIns, which writes it later.
 * @returns null for an unknown e-mail and for a wrong password, in like time
 * @throws Fault RATE_LIMITED
 */
export async function verifyPassword(
  db: Database,
  origin: Origin,
  { email: given, password }: { email: string; password: string },
  { slowHash, attempts, failedSignIns }: SignInInstance,
): Promise<Person | null> {
  const email = normalEmail(given).slice(0, 320)
  await attempts.requireSignIn(email, origin.ip)
  const person = await findPerson(db, email)
  const right = password.length <= MAX_PASSWORD && (await slowHash.verify(person?.passwordHash ?? DUMMY_HASH, password))
  if (person && right) {
    await attempts.requireSignIn(email, origin.ip) // again: many guesses at once get no more answers than one by one
    return person
  }
  failedSignIns.note(email, person, origin)
  await attempts.noteFailedSignIn(email, origin.ip)
  return null
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

/** The account asked for, else the one used last, else the one joined first. */
async function chooseMembership(
  tx: Database,
  userId: string,
  accountId: string | null,
): Promise<{ accountId: string; role: Role } | null> {
  const lastUsed = tx
    .select({ accountId: sessions.accountId, at: sql`max(${sessions.lastSeenAt})`.as('at') })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .groupBy(sessions.accountId)
    .as('last_used')
  const [membership] = await tx
    .select({ accountId: members.accountId, role: members.role })
    .from(members)
    .leftJoin(lastUsed, eq(lastUsed.accountId, members.accountId))
    .where(
      and(
        eq(members.userId, userId),
        isNull(members.removedAt),
        accountId === null ? undefined : eq(members.accountId, accountId),
      ),
    )
    .orderBy(sql`${desc(lastUsed.at)} nulls last`, asc(members.joinedAt))
    .limit(1)
  return membership ?? null
}
