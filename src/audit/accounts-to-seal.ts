import { sql } from 'drizzle-orm'
import { type Database, inSealer, rows } from '../database/index.ts'
import type { Sequence } from './event.ts'

/** Before every account's id. */
export const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'
const ACCOUNTS_A_PAGE = 100
/** Of so many accounts a round looks whether history and seal still belong together, though nothing has grown. */
const PATROLLED_A_ROUND = 500

/** Accounts that have grown and that were signed at the last try, behind one, in the order of their ids: a page of them. */
export function grownAccounts(db: Database, after: string): Promise<string[]> {
  return idsOf(
    db,
    sql`select u.account_id as id from audit_unsealed u
      left join audit_seals s on s.account_id = u.account_id
      where u.account_id > ${after}::uuid and s.problem is null order by u.account_id limit ${ACCOUNTS_A_PAGE}`,
  )
}

/** Accounts that were not signed at the last try, behind one. */
export function refusedAccounts(db: Database, after: string): Promise<string[]> {
  return idsOf(
    db,
    sql`select account_id as id from audit_seals
      where problem is not null and account_id > ${after}::uuid order by account_id limit ${ACCOUNTS_A_PAGE}`,
  )
}

/**
 * Looks at the next accounts behind one, whoever has or has not told of them: a cut, a rollback, a seal that somebody took out.
 * @param sizes the largest sizes that this process has seen signed
 * @returns those whose history and seal differ, and where to go on; null behind the last account
 */
export async function patrolAccounts(
  db: Database,
  after: string,
  sizes: (accountId: string) => Sequence,
): Promise<{ differing: string[]; next: string | null }> {
  const found = await inSealer(db, (tx) =>
    rows<{ id: string; head: string; sealed: string }>(
      tx,
      sql`select h.account_id as id, h.sequence::text as head, coalesce(s.size, 0)::text as sealed from audit_heads h
        left join audit_seals s on s.account_id = h.account_id
        where h.account_id > ${after}::uuid order by h.account_id limit ${PATROLLED_A_ROUND}`,
    ),
  )
  return {
    differing: found
      .filter(({ id, head, sealed }) => head !== sealed || Number(sealed) < sizes(id))
      .map(({ id }) => id),
    next: found.length < PATROLLED_A_ROUND ? null : (found.at(-1)?.id ?? null),
  }
}

/** How many accounts were not signed at the last try. */
export async function countRefused(db: Database): Promise<number> {
  const [row] = await inSealer(db, (tx) =>
    rows<{ count: number }>(tx, sql`select count(*)::int as count from audit_seals where problem is not null`),
  )
  return row?.count ?? 0
}

async function idsOf(db: Database, statement: ReturnType<typeof sql>): Promise<string[]> {
  const found = await inSealer(db, (tx) => rows<{ id: string }>(tx, statement))
  return found.map(({ id }) => id)
}
