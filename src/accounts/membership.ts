import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import type { Caller, Role } from '../caller.ts'
import { accounts, type Database, inSystem, members, sessions } from '../database/index.ts'
import { refuse, type UserError } from '../result.ts'
import type { Account } from './find-people.ts'

/** An account that a person may work in. */
export type Membership = { account: Account; role: Role; current: boolean }

/** One person is a member of no more accounts than that, so what is told in every one of them stays bounded. */
export const MAX_MEMBERSHIPS = 100

/** The accounts that a person may work in, the first joined first; at most 100. */
export function listMemberships(db: Database, caller: Caller, userId: string): Promise<Membership[]> {
  return inSystem(db, async (tx) => {
    const found = await tx
      .select({ account: accounts, role: members.role })
      .from(members)
      .innerJoin(accounts, eq(accounts.id, members.accountId))
      .where(and(eq(members.userId, userId), isNull(members.removedAt)))
      .orderBy(asc(members.joinedAt), asc(members.id))
      .limit(MAX_MEMBERSHIPS)
    return found.map(({ account, role }) => ({ account, role, current: account.id === caller.accountId }))
  })
}

/** Under lockPerson: refuses, as a CONFLICT, what would make them a member of one account too many. */
export async function checkMemberships(tx: Database, userId: string, path: string[]): Promise<UserError[]> {
  const held = await tx.$count(members, and(eq(members.userId, userId), isNull(members.removedAt)))
  if (held < MAX_MEMBERSHIPS) return []
  return refuse('CONFLICT', path, `One person is a member of at most ${MAX_MEMBERSHIPS} accounts: leave one first.`)
    .errors
}

/**
 * A person's membership in the account asked for, else in the one used last, else in the one joined first; held until
 * the transaction ends, inside inSystem. A removal at the same instant either was before, and there is none, or comes
 * after, and ends the session that is begun here.
 */
export async function holdMembership(
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
    .for('share', { of: members })
  return membership ?? null
}

/** Holds all of a person's memberships until the transaction ends, inside inSystem: nobody removes them meanwhile. */
export async function holdMemberships(tx: Database, userId: string): Promise<void> {
  await tx
    .select({ accountId: members.accountId })
    .from(members)
    .where(and(eq(members.userId, userId), isNull(members.removedAt)))
    .orderBy(asc(members.accountId))
    .for('share')
}
