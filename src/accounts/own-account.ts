import { randomUUIDv7 } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type Caller, permissionsOf, type Role } from '../caller.ts'
import {
  accounts,
  auditHeads,
  type Database,
  databaseNow,
  enterAccount,
  inAccount,
  inSystem,
  members,
  sessions,
} from '../database/index.ts'
import { Fault, type Result, refuse } from '../result.ts'
import type { Account } from './find-people.ts'
import { checkMemberships, holdMembership } from './membership.ts'
import { checkDisplayName, lockPerson } from './person.ts'

/**
 * Makes an account, with the caller as its first owner. The session stays where it is: switchAccount goes there.
 * Events in the new account: ACCOUNT_CREATED, MEMBER_ADDED.
 * @param allowed ACCOUNT_CREATION: whether people may
 * @returns errors: TOO_SHORT, TOO_LONG, INVALID_FORMAT, CONFLICT (a member of 100 accounts already)
 * @throws Fault FORBIDDEN for an app, or where it is not allowed
 */
export async function createAccount(
  db: Database,
  caller: Caller,
  input: { name: string },
  allowed: boolean,
): Promise<Result<Account>> {
  const userId = requirePerson(caller)
  if (!allowed) throw new Fault('FORBIDDEN', 'This instance lets nobody create accounts.')
  const name = input.name.trim()
  const errors = checkDisplayName(name)
  if (errors.length > 0) return { ok: false, errors }
  return inSystem(db, async (tx) => {
    await lockPerson(tx, userId) // of many at the same instant, each counts the ones before
    const tooMany = await checkMemberships(tx, userId, [])
    if (tooMany.length > 0) return { ok: false, errors: tooMany }
    const createdAt = await databaseNow(tx)
    const [id, memberId] = [randomUUIDv7(), randomUUIDv7()]
    await tx.insert(accounts).values({ id, name, createdAt })
    await tx.insert(auditHeads).values({ accountId: id, occurredAt: createdAt })
    await tx.insert(members).values({ accountId: id, id: memberId, userId, role: 'OWNER', joinedAt: createdAt })
    await enterAccount(tx, id)
    const owner: Caller = { ...caller, accountId: id, role: 'OWNER' }
    await recordEvent(tx, owner, createdAt, {
      type: 'ACCOUNT_CREATED',
      resource: { type: 'Account', id, name },
      changes: [{ field: 'name', before: null, after: name }],
    })
    await recordEvent(tx, owner, createdAt, {
      type: 'MEMBER_ADDED',
      resource: { type: 'Member', id: memberId, name: caller.actor.name },
      changes: [{ field: 'role', before: null, after: 'OWNER' }],
    })
    return { ok: true, value: { id, name, createdAt } }
  })
}

/**
 * Renames the caller's account. Event: ACCOUNT_UPDATED; none where that is its name.
 * @returns errors: TOO_SHORT, TOO_LONG, INVALID_FORMAT
 * @throws Fault FORBIDDEN for all but OWNER and ADMIN
 */
export async function updateAccount(db: Database, caller: Caller, input: { name: string }): Promise<Result<Account>> {
  if (caller.role !== 'OWNER' && caller.role !== 'ADMIN')
    throw new Fault('FORBIDDEN', 'Owners and admins alone may change the account.')
  const name = input.name.trim()
  const errors = checkDisplayName(name)
  if (errors.length > 0) return { ok: false, errors }
  return inAccount(db, caller.accountId, async (tx) => {
    const one = eq(accounts.id, caller.accountId)
    const [before] = await tx.select().from(accounts).where(one).for('no key update')
    if (!before) throw new Error('A caller without an account.')
    if (before.name === name) return { ok: true, value: before }
    const now = await databaseNow(tx)
    await tx.update(accounts).set({ name }).where(one)
    await recordEvent(tx, caller, now, {
      type: 'ACCOUNT_UPDATED',
      resource: { type: 'Account', id: before.id, name },
      changes: [{ field: 'name', before: before.name, after: name }],
    })
    return { ok: true, value: { ...before, name } }
  })
}

/**
 * Moves the caller's session to another account that the person is a member of. Nothing of either account changes, so
 * there is no event.
 * @returns who the session is now. Errors: NOT_FOUND
 * @throws Fault FORBIDDEN for an app; UNAUTHENTICATED where the session ended this moment
 */
export async function switchAccount(
  db: Database,
  caller: Caller,
  sessionId: string,
  input: { accountId: string },
): Promise<Result<Caller>> {
  const userId = requirePerson(caller)
  return inSystem(db, async (tx) => {
    const member = await holdMembership(tx, userId, input.accountId)
    if (!member) return refuse('NOT_FOUND', ['accountId'], 'You are not a member of such an account.')
    const moved = await tx
      .update(sessions)
      .set({ accountId: input.accountId })
      .where(eq(sessions.id, sessionId))
      .returning({ id: sessions.id })
    if (moved.length === 0) throw new Fault('UNAUTHENTICATED', 'The session has ended.')
    return { ok: true, value: callerIn(caller, input.accountId, member.role) }
  })
}

/** @returns the person's id @throws Fault FORBIDDEN for an app */
export function requirePerson(caller: Caller): string {
  const { type, id } = caller.actor
  if (type !== 'USER' || id === null) throw new Fault('FORBIDDEN', 'This is for people, not for apps.')
  return id
}

function callerIn(caller: Caller, accountId: string, role: Role): Caller {
  return { ...caller, accountId, role, permissions: new Set(permissionsOf(role)) }
}
