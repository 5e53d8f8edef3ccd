import { randomUUIDv7 } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { NewEvent } from '../audit/index.ts'
import type { Caller, Origin, Role } from '../caller.ts'
import { type Database, databaseNow, inSystem, invitations, members, rows, users } from '../database/index.ts'
import { Fault, type Result, refuse, type UserError } from '../result.ts'
import { beginSession, type SignedIn } from './begin-session.ts'
import { hashOfInvitation } from './invitation.ts'
import { findMember, lockMembers } from './member.ts'
import { checkMemberships } from './membership.ts'
import { checkDisplayName, checkPassword, findPerson, isPasswordUnchanged, type Person } from './person.ts'
import { type SignInInstance, verifyPassword } from './verify-password.ts'

export type AcceptInvitation = { token: string; password?: string | null; name?: string | null }

const wrongPassword = refuse('INVALID_CREDENTIALS', ['password'], 'This is not your password.')

type Open = { id: string; accountId: string; email: string; role: Role }
type Invited = Person | { newPasswordHash: string; name: string | null }

/**
 * Accepts an invitation, once, and signs in to its account. New people choose their password; who has one already gives
 * that, or is signed in under the invited e-mail: an invitation never sets the password of an existing person.
 * Events: MEMBER_ADDED, SIGNED_IN.
 *
 * @param caller who is signed in, null for nobody
 * @returns errors: NOT_FOUND (unknown, used, revoked, over), REQUIRED, TOO_SHORT, TOO_LONG, INVALID_FORMAT,
 *   INVALID_CREDENTIALS, ALREADY_MEMBER, CONFLICT (a member of 100 accounts already)
 * @throws Fault RATE_LIMITED after too many wrong passwords; UNAVAILABLE where the new person was made elsewhere meanwhile
 */
export async function acceptInvitation(
  db: Database,
  caller: Caller | null,
  origin: Origin,
  input: AcceptInvitation,
  instance: SignInInstance,
): Promise<Result<SignedIn>> {
  const notFound = refuse('NOT_FOUND', ['token'], 'This invitation is not open: ask for a new one.')
  const open = await findOpen(db, input.token)
  if (!open) return notFound
  const invited = await identify(db, caller, origin, open, input, instance)
  if (!invited.ok) return { ok: false, errors: invited.errors }
  return inSystem(db, async (tx) => {
    await lockMembers(tx, open.accountId)
    const known = 'userId' in invited.value ? invited.value : null
    if (known && !(await isPasswordUnchanged(tx, known))) return wrongPassword
    if (known && (await findMember(tx, open.accountId, known.userId)))
      return refuse('ALREADY_MEMBER', ['token'], 'You are a member of this account already.')
    const tooMany = known ? await checkMemberships(tx, known.userId, ['token']) : []
    if (tooMany.length > 0) return { ok: false, errors: tooMany }
    const used = await tx
      .delete(invitations)
      .where(and(eq(invitations.accountId, open.accountId), eq(invitations.id, open.id)))
      .returning({ id: invitations.id })
    if (used.length === 0) return notFound
    const now = await databaseNow(tx)
    const person = await personOf(tx, invited.value, open.email, now)
    const memberId = await join(tx, open, person.userId, now)
    const membership = { accountId: open.accountId, role: open.role }
    const joined: NewEvent = {
      type: 'MEMBER_ADDED',
      resource: { type: 'Member', id: memberId, name: open.email },
      changes: [{ field: 'role', before: null, after: open.role }],
    }
    return { ok: true, value: await beginSession(tx, person, membership, origin, instance.limits, now, [joined]) }
  })
}

async function findOpen(db: Database, token: string): Promise<Open | null> {
  const [row] = await rows<{
    invitation_id: string
    account_id: string
    email: string
    role: Role
    expires_at: string | Date
    now: string | Date
  }>(db, sql`select * from find_invitation(${sql.param(hashOfInvitation(token), invitations.tokenHash)})`)
  if (!row || new Date(row.expires_at) <= new Date(row.now)) return null
  return { id: row.invitation_id, accountId: row.account_id, email: row.email, role: row.role }
}

/** Who accepts: known people show that it is they, new ones choose a password. All mistakes at once. */
async function identify(
  db: Database,
  caller: Caller | null,
  origin: Origin,
  { email }: Open,
  { password, name }: AcceptInvitation,
  instance: SignInInstance,
): Promise<Result<Invited>> {
  const person = await findPerson(db, email)
  if (person && caller?.actor.type === 'USER' && caller.actor.id === person.userId) return { ok: true, value: person }
  if (password == null) return refuse('REQUIRED', ['password'], person ? 'Give your password.' : 'Choose a password.')
  if (person) {
    const verified = await verifyPassword(db, origin, { email, password }, instance)
    return verified ? { ok: true, value: verified } : wrongPassword
  }
  const tidyName = name?.trim() || null
  const errors: UserError[] = [...checkPassword(password), ...(tidyName === null ? [] : checkDisplayName(tidyName))]
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, value: { newPasswordHash: await instance.slowHash.hash(password), name: tidyName } }
}

async function personOf(tx: Database, invited: Invited, email: string, now: Date) {
  if ('userId' in invited) return invited
  const userId = randomUUIDv7()
  const made = await tx
    .insert(users)
    .values({ id: userId, email, name: invited.name, passwordHash: invited.newPasswordHash, createdAt: now })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id })
  if (made.length === 0) throw new Fault('UNAVAILABLE', 'This e-mail got a password this moment. Try again with that.')
  return { userId, email }
}

/** Who left and comes back is the same member. */
async function join(tx: Database, { accountId, role }: Open, userId: string, now: Date): Promise<string> {
  const [member] = await tx
    .insert(members)
    .values({ accountId, id: randomUUIDv7(), userId, role, joinedAt: now })
    .onConflictDoUpdate({ target: [members.accountId, members.userId], set: { role, joinedAt: now, removedAt: null } })
    .returning({ id: members.id })
  if (!member) throw new Error('The member was not written.')
  return member.id
}
