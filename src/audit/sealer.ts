import type { Logger } from 'pino'
import { type Database, isUnavailable } from '../database/index.ts'
import { KeysSealed } from '../keys/index.ts'
import { repeat } from '../repeat.ts'
import { BEFORE_ALL, countRefused, grownAccounts, patrolAccounts, refusedAccounts } from './accounts-to-seal.ts'
import type { Sequence } from './event.ts'
import { rememberProblem, type Sealing, SealProblem, type Seen, sealAccount } from './seal.ts'

/** What is committed is sealed within 10 seconds: this, and the time that it takes. */
const SEAL_EVERY_MS = 2000
/** Of so many accounts this process remembers what it saw signed last: the ones sealed last. */
const MAX_SEEN = 10_000

export type Sealer = {
  /** Seals all that is there of the account now. @throws SealProblem where that may not be signed */
  sealNow(accountId: string): Promise<void>
  /** One round: all accounts that have grown, those that were not signed at the last try, and a look at some of the others. */
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

  /** @returns whether any of them has more; null where another gateway is sealing */
  const sealEach = async (accountIds: readonly string[]): Promise<boolean | null> => {
    let anyMore = false
    for (const accountId of accountIds) {
      const more = await sealOrSay(accountId)
      if (more === null) return null
      anyMore ||= more
    }
    return anyMore
  }
  /** A batch of each account that has grown, again while one of them has more. @returns false where another gateway is sealing */
  const sealGrown = async (): Promise<boolean> => {
    for (let again = true; again; ) {
      again = false
      for (let page = await grownAccounts(db, BEFORE_ALL); page.length > 0; ) {
        const more = await sealEach(page)
        if (more === null) return false
        again ||= more
        page = await grownAccounts(db, page.at(-1) ?? BEFORE_ALL)
      }
    }
    return true
  }
  let refusedUpTo = BEFORE_ALL
  let patrolledUpTo = BEFORE_ALL
  const sealRound = async () => {
    if (!(await sealGrown())) return
    const refused = await refusedAccounts(db, refusedUpTo)
    const { differing, next } = await patrolAccounts(db, patrolledUpTo, (id) => seen.get(id)?.size ?? 0)
    const others = [...refused, ...differing.filter((id) => !refused.includes(id))]
    for (let more: boolean | null = true; more; ) {
      more = await sealEach(others)
      if (more === null) return
    }
    refusedUpTo = refused.at(-1) ?? BEFORE_ALL
    patrolledUpTo = next ?? BEFORE_ALL
  }
  const round = async () => {
    await sealRound()
    watch?.round(await countRefused(db))
  }
  let last: Promise<void> = Promise.resolve()
  /** One behind the other: two of one process would take each other for another gateway's. */
  const sealAll = () => {
    last = last.then(round, round)
    return last
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
