import { and, desc, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { systemCaller } from '../caller.ts'
import {
  accounts,
  auditEvents,
  auditHeads,
  auditSeals,
  type Database,
  databaseNow,
  enterAccount,
  inRetention,
  inSystem,
  rows,
} from '../database/index.ts'
import { type Repeated, repeat } from '../repeat.ts'
import type { Sequence } from './event.ts'
import { recordEvent } from './record-event.ts'
import { newestCheckpoint } from './stored-tree.ts'

const LOOK_EVERY_MS = 3_600_000
/** Looked for every hour, so that restarts put nothing off; of one account the cut moves once a day. */
const ONCE_IN_MS = 86_400_000
const ACCOUNTS_A_PAGE = 100
const ROWS_A_BATCH = 1000

/**
 * Moves the cut of an account's history past what is older than its retention: sealed events alone, and none while the
 * history does not extend what was signed. The event AUDIT_TRIMMED commits together with the cut; rows below it are gone
 * for every reader from then on, and deleted after. Where nothing but AUDIT_TRIMMED would go, the cut stays, and nothing
 * is written: the last word on the front stays, and an idle account does not write for ever.
 *
 * @param retention seconds
 * @returns where the history begins from now on; null where the cut stays
 */
export function moveCut(db: Database, accountId: string, retention: number): Promise<Sequence | null> {
  return inSystem(db, async (tx) => {
    const ofAccount = eq(auditEvents.accountId, accountId)
    // Locked first: of many gateways one moves it, and no event comes between.
    const [head] = await tx.select().from(auditHeads).where(eq(auditHeads.accountId, accountId)).for('update')
    const [account] = await tx.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, accountId))
    const [seal] = await tx.select().from(auditSeals).where(eq(auditSeals.accountId, accountId))
    if (!head || !account || (seal && seal.problem !== null)) return null
    const now = await databaseNow(tx)
    const [last] = await tx
      .select({ occurredAt: auditEvents.occurredAt })
      .from(auditEvents)
      .where(and(ofAccount, eq(auditEvents.type, 'AUDIT_TRIMMED')))
      .orderBy(desc(auditEvents.sequence))
      .limit(1)
    if (last && now.getTime() - last.occurredAt.getTime() < ONCE_IN_MS) return null

    const sealed = (await newestCheckpoint(tx, accountId))?.size ?? 0
    const until = new Date(now.getTime() - retention * 1000)
    const newestPast = async (...more: SQL[]) => {
      const past = sql`${auditEvents.sequence} > ${head.trimmed} and ${auditEvents.sequence} <= ${sealed}
        and ${auditEvents.occurredAt} < ${until.toISOString()}::timestamptz`
      const [event] = await tx
        .select({ sequence: auditEvents.sequence })
        .from(auditEvents)
        .where(and(ofAccount, past, ...more))
        .orderBy(desc(auditEvents.occurredAt), desc(auditEvents.sequence))
        .limit(1)
      return event?.sequence ?? null
    }
    const cut = await newestPast()
    if (cut === null || (await newestPast(ne(auditEvents.type, 'AUDIT_TRIMMED'))) === null) return null

    await tx.update(auditHeads).set({ trimmed: cut }).where(eq(auditHeads.accountId, accountId))
    await enterAccount(tx, accountId)
    await recordEvent(tx, systemCaller(accountId), now, {
      type: 'AUDIT_TRIMMED',
      resource: { type: 'Account', id: accountId, name: account.name },
      changes: [{ field: 'firstSequence', before: head.trimmed + 1, after: cut + 1 }],
    })
    return cut + 1
  })
}

/** Deletes what lies below the cuts, as the role that may do nothing else, in batches. @returns how many events went */
export async function deleteBelowCuts(db: Database): Promise<number> {
  let deleted = 0
  for (;;) {
    const found = await inSystem(db, (tx) =>
      rows<{ account_id: string }>(
        tx,
        sql`select account_id from audit_heads h where trimmed > 0 and (
            exists (select 1 from audit_events e where e.account_id = h.account_id and e.sequence <= h.trimmed)
            or exists (select 1 from audit_checkpoints c where c.account_id = h.account_id and c.size < h.trimmed))
          limit ${ACCOUNTS_A_PAGE}`,
      ),
    )
    if (found.length === 0) return deleted
    for (const { account_id } of found) deleted += await deleteBatch(db, account_id)
  }
}

/** Policies show this role what is below the cut, and nothing else. */
function deleteBatch(db: Database, accountId: string): Promise<number> {
  return inRetention(db, async (tx) => {
    const gone = await rows(
      tx,
      sql`delete from audit_events where account_id = ${accountId}::uuid and sequence in (
        select sequence from audit_events where account_id = ${accountId}::uuid order by sequence limit ${ROWS_A_BATCH})
        returning sequence`,
    )
    await tx.execute(
      sql`delete from audit_checkpoints where account_id = ${accountId}::uuid and size in (
        select size from audit_checkpoints where account_id = ${accountId}::uuid order by size limit ${ROWS_A_BATCH})`,
    )
    return gone.length
  })
}

/** Moves the cut of every account whose oldest event is older than its retention. @returns the accounts whose history grew */
export async function moveCuts(db: Database, retention: number): Promise<string[]> {
  const moved: string[] = []
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const found = await inSystem(db, (tx) =>
      rows<{ account_id: string }>(
        tx,
        sql`select h.account_id from audit_heads h
          join audit_events e on e.account_id = h.account_id and e.sequence = h.trimmed + 1
          where h.account_id > ${after}::uuid and e.occurred_at < clock_timestamp() - make_interval(secs => ${retention})
          order by h.account_id limit ${ACCOUNTS_A_PAGE}`,
      ),
    )
    for (const { account_id } of found) if ((await moveCut(db, account_id, retention)) !== null) moved.push(account_id)
    const last = found.at(-1)
    if (!last || found.length < ACCOUNTS_A_PAGE) return moved
    after = last.account_id
  }
}

/**
 * Keeps each history as long as AUDIT_RETENTION says.
 * @param retention seconds; null: for ever, but for what lies below a cut already
 * @param wake told of each account whose history grew
 */
export function keepRetention(
  db: Database,
  retention: number | null,
  wake: (accountId: string) => void,
  log: Logger,
): Repeated {
  return repeat(
    LOOK_EVERY_MS,
    async () => {
      for (const accountId of retention === null ? [] : await moveCuts(db, retention)) wake(accountId)
      const deleted = await deleteBelowCuts(db)
      if (deleted > 0) log.info({ events: deleted }, 'events past their retention were deleted')
    },
    (error) => log.warn({ err: error }, 'what is past its retention could not be deleted; it is tried again'),
  )
}
