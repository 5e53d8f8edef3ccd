import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { type Caller, type Role, requirePermission } from '../caller.ts'
import { accounts, type Database, members, users } from '../database/index.ts'
import { type Page, type PageRequest, pageOf, walkOf } from '../page.ts'
import { Fault, refuse, type UserError } from '../result.ts'
import type { User } from './find-people.ts'

/** A person's place in an account. */
export type Member = { id: string; user: User; role: Role; joinedAt: Date }
export type MemberPosition = { joinedAt: Date; id: string }

const columns = {
  id: members.id,
  role: members.role,
  joinedAt: members.joinedAt,
  user: { id: users.id, email: users.email, name: users.name, createdAt: users.createdAt },
}

/** The account's members, the first joined first. Inside readAccount. @throws Fault FORBIDDEN without members/list */
export async function listMembers(
  tx: Database,
  caller: Caller,
  request: PageRequest<MemberPosition>,
): Promise<Page<Member>> {
  requirePermission(caller, 'members/list')
  const walk = walkOf(request)
  const way = walk.backwards ? desc : asc
  const at = ({ joinedAt, id }: MemberPosition) => sql`(${joinedAt.toISOString()}::timestamptz, ${id}::uuid)`
  const found = await tx
    .select(columns)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(
      and(
        eq(members.accountId, caller.accountId),
        isNull(members.removedAt),
        request.after ? sql`(${members.joinedAt}, ${members.id}) > ${at(request.after)}` : undefined,
        request.before ? sql`(${members.joinedAt}, ${members.id}) < ${at(request.before)}` : undefined,
      ),
    )
    .orderBy(way(members.joinedAt), way(members.id))
    .limit(walk.size + 1)
  return pageOf(found, walk, (walk.backwards ? request.before : request.after) != null)
}

/** Members by id; null for one who left or is another account's. Inside readAccount. */
export async function findMembers(tx: Database, caller: Caller, ids: readonly string[]): Promise<(Member | null)[]> {
  requirePermission(caller, 'members/list')
  const found = await tx
    .select(columns)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(
      and(
        eq(members.accountId, caller.accountId),
        isNull(members.removedAt),
        sql`${members.id} = any(${sql.param(ids)}::uuid[])`,
      ),
    )
  const byId = new Map(found.map((member) => [member.id, member]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** Holds all changes of the account's members and invitations back until the transaction ends: one comes after the other. */
export async function lockMembers(tx: Database, accountId: string): Promise<void> {
  // Not 'update': a sign-in, which holds the person and their membership, would wait here for whoever waits for those.
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId)).for('no key update')
}

/** The member who is this person, under lockMembers: so two owners who demote each other come one after the other. */
export async function lockMember(tx: Database, accountId: string, userId: string): Promise<Member | null> {
  await lockMembers(tx, accountId)
  return findMember(tx, accountId, userId)
}

export async function findMember(tx: Database, accountId: string, userId: string): Promise<Member | null> {
  const [member] = await tx
    .select(columns)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.accountId, accountId), eq(members.userId, userId), isNull(members.removedAt)))
  return member ?? null
}

/** Inside the lock of lockMember: refuses what would leave the account without an owner. */
export async function checkLastOwner(tx: Database, accountId: string, path: string): Promise<UserError[]> {
  const owners = and(eq(members.accountId, accountId), eq(members.role, 'OWNER'), isNull(members.removedAt))
  if ((await tx.$count(members, owners)) > 1) return []
  return refuse('LAST_OWNER', [path], 'An account keeps at least one owner: make another one first.').errors
}

/** Only an owner makes, changes or removes an owner; an app never does. @throws Fault FORBIDDEN */
export function requireOwnerFor(caller: Caller, ...roles: Role[]): void {
  if (!roles.includes('OWNER') || caller.role === 'OWNER' || caller.actor.type === 'SYSTEM') return
  throw new Fault('FORBIDDEN', 'Only an owner may make, change or remove an owner.')
}
