import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { type Database, inSystem, isUnavailable, rows } from '../database/index.ts'
import { KeysSealed } from '../keys/index.ts'
import { repeat } from '../repeat.ts'
import type { Sequence } from './event.ts'
import { rememberProblem, type Sealing, SealProblem, type Seen, sealAccount } from './seal.ts'

/** What is committed is sealed within 10 seconds: this, and the time that it takes. */
const SEAL_EVERY_MS = 2000
const ACCOUNTS_A_ROUND = 100
/** Of so many accounts this process remembers what it saw signed last: the ones sealed last. */
const MAX_SEEN = 10_000

export type Sealer = {
  /** Seals all that is there of the account now. @throws SealProblem where that may not be signed */
  sealNow(accountId: string): Promise<void>
  /** One round over all accounts that have grown. */
  sealAll(): Promise<void>
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/** Told of what a sealer does, for whoever counts it. */
export type SealerWatch = {
  /** A checkpoint was signed, of so many events in all and so many new ones. */
  signed(size: Sequence, added: number): void
  /** A round is through. @param refused accounts of which nothing is signed, because their history does not fit */
  round(refused: number): void
}

/**
 * Signs the growth of every account's history while a gateway runs, behind the writers: nobody waits for it. Where a
 * history does not extend what was signed, that account alone is not signed, and the log says so once.
 * @param watch null where nobody counts
 */
export function createSealer(db: Database, sealing: Sealing, log: Logger, watch: SealerWatch | null): Sealer {
  const seen = new Map<string, Seen>()
  const remember = (accountId: string, { size, rootHash }: Seen) => {
    seen.delete(accountId)
    seen.set(accountId, { size, rootHash })
    for (const oldest of seen.keys()) {
      if (seen.size <= MAX_SEEN) break
      seen.delete(oldest)
    }
  }

  /** @returns whether there is more; null where another gateway is sealing */
  const sealOnce = async (accountId: string): Promise<boolean | null> => {
    const sealed = await sealAccount(db, sealing, accountId, seen.get(accountId) ?? null)
    if (!sealed) return null
    remember(accountId, sealed)
    if (sealed.note !== null) {
      log.info({ account: accountId, size: sealed.size, note: sealed.note }, 'audit checkpoint')
      watch?.signed(sealed.size, sealed.added)
    }
    return sealed.more
  }
  const sealOrSay = async (accountId: string): Promise<boolean | null> => {
    try {
      return await sealOnce(accountId)
    } catch (error) {
      if (isUnavailable(error)) throw error
      const known = error instanceof SealProblem || error instanceof KeysSealed
      const problem = known ? error.message : 'The history could not be read.'
      if (await rememberProblem(db, accountId, problem))
        log.error({ account: accountId, problem, ...(!known && { err: error }) }, 'nothing is signed of a history')
      return false
    }
  }

  const sealAll = async () => {
    for (let again = true; again; ) {
      again = false
      for (const { accountId, healthy } of await accountsToSeal(db, seen)) {
        const more = await sealOrSay(accountId)
        if (more === null) return
        again ||= more && healthy
      }
    }
    watch?.round(await countRefused(db))
  }
  const repeated = repeat(SEAL_EVERY_MS, sealAll, (error) =>
    log.warn({ err: error }, 'the histories could not be sealed; it is tried again within seconds'),
  )

  return {
    sealAll,
    async sealNow(accountId) {
      for (let more: boolean | null = true; more !== false; ) {
        more = await sealOnce(accountId)
        if (more === null) await new Promise((done) => setTimeout(done, 20))
      }
    },
    close: () => repeated.stop(),
  }
}

/** Those whose history and seal differ, those that were not signed at the last try, and those that fell behind what was seen. */
async function accountsToSeal(db: Database, seen: ReadonlyMap<string, Seen>) {
  const found = await inSystem(db, (tx) =>
    rows<{ account_id: string; healthy: boolean }>(
      tx,
      sql`select h.account_id, s.problem is null as healthy from audit_heads h
        left join audit_seals s on s.account_id = h.account_id
        left join unnest(${sql.param([...seen.keys()])}::uuid[],
          ${sql.param([...seen.values()].map(({ size }) => String(size)))}::text[]) as r (account_id, size)
          on r.account_id = h.account_id
        where h.sequence <> coalesce(s.size, 0) or s.problem is not null or coalesce(s.size, 0) < r.size::bigint
        order by s.problem is not null, h.sequence - coalesce(s.size, 0) desc limit ${ACCOUNTS_A_ROUND}`,
    ),
  )
  return found.map(({ account_id, healthy }) => ({ accountId: account_id, healthy }))
}

async function countRefused(db: Database): Promise<number> {
  const [row] = await inSystem(db, (tx) =>
    rows<{ count: number }>(tx, sql`select count(*)::int as count from audit_seals where problem is not null`),
  )
  return row?.count ?? 0
}
