import { randomUUIDv7 } from 'node:crypto'
import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, type Origin, permissionsOf, type Role } from '../caller.ts'
import { type Database, databaseNow, enterAccount, inSystem, members, rows, sessions } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import type { SlowHash } from '../slow-hash.ts'
import { mintSessionToken, type SessionLimits } from './session.ts'

export type SignIn = { email: string; password: string; accountId?: string | null }
export type SignedIn = { sessionToken: string; caller: Caller }

/** Longer is refused before it costs a hash. */
const MAX_PASSWORD = 1024
/** Argon2id of nothing anybody knows: an unknown e-mail takes as long as a known one. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$Y2hhdGVsYWluZS1kdW1teQ$6sHjFU9bxnIdYYh3LgRoTcuNZdtA1sFEqRWdJFXsTGc'

/**
 * Signs a person in with e-mail and password and begins a session. Event: SIGNED_IN.
 * @returns the session's token, this once. Errors: INVALID_CREDENTIALS, the same for an unknown e-mail, a wrong password
 *   and an account that one is no member of
 */
export async function signIn(
  db: Database,
  origin: Origin,
  input: SignIn,
  { slowHash, limits }: { slowHash: SlowHash; limits: SessionLimits },
): Promise<Result<SignedIn>> {
  const wrong = refuse('INVALID_CREDENTIALS', [], 'E-mail or password is wrong.')
  if (input.password.length > MAX_PASSWORD) return wrong
  const person = await findPerson(db, input.email.trim().toLowerCase())
  const right = await slowHash.verify(person?.passwordHash ?? DUMMY_HASH, input.password)
  if (!person || !right) return wrong
  return inSystem(db, async (tx) => {
    const membership = await chooseMembership(tx, person.userId, input.accountId ?? null)
    if (!membership) return wrong
    const { token, tokenHash } = mintSessionToken()
    const now = await databaseNow(tx)
    await tx.insert(sessions).values({
      id: randomUUIDv7(),
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
      origin,
    }
    await enterAccount(tx, membership.accountId)
    await recordEvent(tx, caller, now, {
      type: 'SIGNED_IN',
      resource: { type: 'User', id: person.userId, name: person.email },
    })
    return { ok: true, value: { sessionToken: token, caller } }
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

type Person = { userId: string; email: string; passwordHash: string }

async function findPerson(db: Database, email: string): Promise<Person | null> {
  const [row] = await rows<{ user_id: string; email: string; password_hash: string }>(
    db,
    sql`select * from find_person(${email})`,
  )
  return row ? { userId: row.user_id, email: row.email, passwordHash: row.password_hash } : null
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
