import { randomUUIDv7 } from 'node:crypto'
import { and, eq, isNull } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, type Role, requirePermission } from '../caller.ts'
import { type Database, databaseNow, enterAccount, inSystem, members, users } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import type { SlowHash } from '../slow-hash.ts'
import type { AttemptLimits } from './attempt-limits.ts'
import type { Member } from './member.ts'
import { requireOwnerFor } from './member.ts'
import { checkEmail, checkPassword, findPerson, normalEmail } from './person.ts'

export type AddMember = { email: string; role: Role; password: string }

/**
 * Makes a new person a member. Never an existing one: they join by an invitation, which they accept themselves, so
 * that nobody is taken over through a known e-mail. Event: MEMBER_ADDED.
 *
 * @returns errors: INVALID_FORMAT, TOO_LONG, TOO_SHORT, ALREADY_MEMBER, CONFLICT (the e-mail is taken: invite them)
 * @throws Fault FORBIDDEN without the permission, or for OWNER by who is none; RATE_LIMITED after 20 CONFLICTs an hour, in
 *   the account or of the caller
 */
export async function addMember(
  db: Database,
  caller: Caller,
  input: AddMember,
  { slowHash, attempts }: { slowHash: SlowHash; attempts: AttemptLimits },
): Promise<Result<Member>> {
  requirePermission(caller, 'members/create')
  requireOwnerFor(caller, input.role)
  const email = normalEmail(input.email)
  const errors = [...checkEmail(email), ...checkPassword(input.password)]
  if (errors.length > 0) return { ok: false, errors }
  await attempts.requireTakenEmails(caller)
  if (await findPerson(db, email)) return refuseTaken(db, caller, email, attempts)
  const passwordHash = await slowHash.hash(input.password)
  const added = await inSystem(db, async (tx) => {
    const joinedAt = await databaseNow(tx)
    const [user] = await tx
      .insert(users)
      .values({ id: randomUUIDv7(), email, passwordHash, createdAt: joinedAt })
      .onConflictDoNothing({ target: users.email })
      .returning()
    if (!user) return null // somebody was quicker
    await enterAccount(tx, caller.accountId)
    const member: Member = {
      id: randomUUIDv7(),
      user: { id: user.id, email, name: user.name, createdAt: joinedAt },
      role: input.role,
      joinedAt,
    }
    await tx
      .insert(members)
      .values({ accountId: caller.accountId, id: member.id, userId: user.id, role: input.role, joinedAt })
    await recordEvent(tx, caller, joinedAt, {
      type: 'MEMBER_ADDED',
      resource: { type: 'Member', id: member.id, name: email },
      changes: [{ field: 'role', before: null, after: input.role }],
    })
    return member
  })
  return added ? { ok: true, value: added } : refuseTaken(db, caller, email, attempts)
}

async function refuseTaken(db: Database, caller: Caller, email: string, attempts: AttemptLimits) {
  const [member] = await inSystem(db, (tx) =>
    tx
      .select({ id: members.id })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.accountId, caller.accountId), eq(users.email, email), isNull(members.removedAt))),
  )
  if (member) return refuse('ALREADY_MEMBER', ['email'], 'This person is a member already.')
  await attempts.noteTakenEmail(caller)
  return refuse('CONFLICT', ['email'], 'This e-mail belongs to somebody already: invite this person instead.')
}
