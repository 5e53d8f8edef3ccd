import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Role } from '../caller.ts'
import { type Database, databaseNow, inSystem, members, sessions } from '../database/index.ts'
import type { SessionLimits } from './session.ts'

/** Where a session stands: its account and role, or `over` (idle or past its end) while it is still stored. */
export type SessionState = { accountId: string; role: Role | null; over: boolean }

/**
 * How sessions stand that keep a subscription open, in two statements for all of them. That counts as use: it keeps
 * them from going idle, never from their absolute end.
 * @returns nothing for a session that was ended: signed out, revoked, replaced
 */
export function checkSessions(
  db: Database,
  ids: readonly string[],
  limits: SessionLimits,
): Promise<Map<string, SessionState>> {
  return inSystem(db, async (tx) => {
    const now = await databaseNow(tx)
    const open = sql`${sessions.id} = any(${sql.param(ids)}::uuid[])`
    const minuteAgo = new Date(now.getTime() - 60_000).toISOString()
    const idleStart = new Date(now.getTime() - limits.sessionIdle * 1000)
    const used = tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(
        and(
          open,
          sql`${sessions.lastSeenAt} < ${minuteAgo}::timestamptz`,
          sql`${sessions.lastSeenAt} > ${idleStart.toISOString()}::timestamptz`,
        ),
      )
      .for('no key update', { skipLocked: true }) // one that is just being ended needs no look, and is not waited for
    await tx.update(sessions).set({ lastSeenAt: now }).where(inArray(sessions.id, used))
    const found = await tx
      .select({
        id: sessions.id,
        accountId: sessions.accountId,
        lastSeenAt: sessions.lastSeenAt,
        expiresAt: sessions.expiresAt,
        role: members.role,
      })
      .from(sessions)
      .leftJoin(
        members,
        and(eq(members.accountId, sessions.accountId), eq(members.userId, sessions.userId), isNull(members.removedAt)),
      )
      .where(open)
    return new Map(
      found.map(({ id, accountId, role, lastSeenAt, expiresAt }) => [
        id,
        { accountId, role, over: expiresAt <= now || lastSeenAt <= idleStart },
      ]),
    )
  })
}
