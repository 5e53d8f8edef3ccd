import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, type Role, requirePermission } from '../caller.ts'
import { type Database, databaseNow, inAccount, members, sessions } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { checkLastOwner, lockMember, type Member, requireOwnerFor } from './member.ts'

/**
 * Gives a member another role. Event: MEMBER_UPDATED; none where it is the role that they have.
 * @returns errors: NOT_FOUND, LAST_OWNER
 * @throws Fault FORBIDDEN without the permission, or where an owner is made or unmade by who is none
 */
export async function updateMember(
  db: Database,
  caller: Caller,
  input: { userId: string; role: Role },
): Promise<Result<Member>> {
  requirePermission(caller, 'members/update')
  return inAccount(db, caller.accountId, async (tx) => {
    const member = await lockMember(tx, caller.accountId, input.userId)
    if (!member) return refuse('NOT_FOUND', ['userId'], 'There is no such member in this account.')
    requireOwnerFor(caller, member.role, input.role)
    if (member.role === input.role) return { ok: true, value: member }
    const errors = member.role === 'OWNER' ? await checkLastOwner(tx, caller.accountId, 'role') : []
    if (errors.length > 0) return { ok: false, errors }
    const now = await databaseNow(tx)
    await tx.update(members).set({ role: input.role }).where(thisMember(caller, member))
    await recordEvent(tx, caller, now, {
      type: 'MEMBER_UPDATED',
      resource: { type: 'Member', id: member.id, name: member.user.email },
      changes: [{ field: 'role', before: member.role, after: input.role }],
    })
    return { ok: true, value: { ...member, role: input.role } }
  })
}

/**
 * Takes a person out of the account, with their sessions in it. The apps that they made go on and still show who made
 * them. Event: MEMBER_REMOVED.
 * @returns the person's id. Errors: NOT_FOUND, LAST_OWNER
 * @throws Fault FORBIDDEN without the permission, or where an owner is removed by who is none
 */
export async function removeMember(db: Database, caller: Caller, input: { userId: string }): Promise<Result<string>> {
  requirePermission(caller, 'members/delete')
  return inAccount(db, caller.accountId, async (tx) => {
    const member = await lockMember(tx, caller.accountId, input.userId)
    if (!member) return refuse('NOT_FOUND', ['userId'], 'There is no such member in this account.')
    requireOwnerFor(caller, member.role)
    const errors = member.role === 'OWNER' ? await checkLastOwner(tx, caller.accountId, 'userId') : []
    if (errors.length > 0) return { ok: false, errors }
    const now = await databaseNow(tx)
    await tx.update(members).set({ removedAt: now }).where(thisMember(caller, member))
    await tx.delete(sessions).where(and(eq(sessions.accountId, caller.accountId), eq(sessions.userId, member.user.id)))
    await recordEvent(tx, caller, now, {
      type: 'MEMBER_REMOVED',
      resource: { type: 'Member', id: member.id, name: member.user.email },
      changes: [{ field: 'role', before: member.role, after: null }],
    })
    return { ok: true, value: member.user.id }
  })
}

function thisMember(caller: Caller, member: Member) {
  return and(eq(members.accountId, caller.accountId), eq(members.id, member.id))
}
