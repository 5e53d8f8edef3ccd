import { and, asc, eq, isNull } from 'drizzle-orm'
import { type NewEvent, recordEvent } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { accounts, type Database, enterAccount, members } from '../database/index.ts'
import { MAX_MEMBERSHIPS } from './membership.ts'

/**
 * Writes one event into the history of each account that a person is a member of (at most 100), inside inSystem, for
 * what is not any one account's: their password. Counters are taken in the order of account ids, so that two such
 * transactions never wait for each other. Call it last.
 * @returns the accounts whose history grew
 */
export async function recordInEveryAccount(
  tx: Database,
  userId: string,
  now: Date,
  callerIn: (accountId: string) => Caller,
  event: (account: { id: string; name: string }) => NewEvent,
): Promise<string[]> {
  const memberships = await tx
    .select({ accountId: members.accountId, accountName: accounts.name })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(and(eq(members.userId, userId), isNull(members.removedAt)))
    .orderBy(asc(members.accountId))
    .limit(MAX_MEMBERSHIPS)
  for (const { accountId, accountName } of memberships) {
    await enterAccount(tx, accountId)
    await recordEvent(tx, callerIn(accountId), now, event({ id: accountId, name: accountName }))
  }
  return memberships.map(({ accountId }) => accountId)
}
