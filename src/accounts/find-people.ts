import { and, eq, sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { accounts, type Database, members, users } from '../database/index.ts'

export type Account = { id: string; name: string; createdAt: Date }
export type User = { id: string; email: string; name: string | null; createdAt: Date }

/**
 * People who are or were members of the caller's account, by id; null for everybody else. Inside readAccount.
 * @param permission what lets the caller know of them; null for those whom something names that it may see
 * @throws Fault FORBIDDEN without the permission
 */
export async function findUsers(
  tx: Database,
  caller: Caller,
  ids: readonly string[],
  permission: 'members/list' | null,
): Promise<(User | null)[]> {
  if (permission !== null) requirePermission(caller, permission)
  const found = await tx
    .select({ id: users.id, email: users.email, name: users.name, createdAt: users.createdAt })
    .from(users)
    .innerJoin(members, and(eq(members.userId, users.id), eq(members.accountId, caller.accountId)))
    .where(sql`${users.id} = any(${sql.param(ids)}::uuid[])`)
  const byId = new Map(found.map((user) => [user.id, user]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** The caller's own account, whichever of the ids is its; null for every other id. Inside readAccount. */
export async function findAccounts(tx: Database, caller: Caller, ids: readonly string[]): Promise<(Account | null)[]> {
  const [own] = await tx.select().from(accounts).where(eq(accounts.id, caller.accountId))
  return ids.map((id) => (own && id === own.id ? own : null))
}
