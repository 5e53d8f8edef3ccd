import { sql } from 'drizzle-orm'
import { type Database, inSystem, rows } from '../database/index.ts'
import { repeat } from '../repeat.ts'

const READ_EVERY_MS = 1000
/** A reading that is older may not know what was revoked. */
const STALE_AFTER_MS = 2000
/** An account that nobody has asked for in so long is read no more. */
const FORGET_AFTER_MS = 60_000

/** How far accounts' auth_sequences have come: while one stands still, no token of the account has been ended. */
export type AuthSequences = {
  /**
   * By a reading at most 2 seconds old, and sent after the last word that the account's history has grown. A promise only
   * where the database has to be asked.
   * @throws DatabaseUnavailable where it does not answer
   */
  current(accountId: string): number | Promise<number>
  /** The database's clock, in milliseconds since 1970: by its last reading, and what has passed here since. */
  now(): number
  /** To be called where the account's history has grown. */
  heard(accountId: string): void
  /** Lets what is under way finish. */
  close(): Promise<void>
}

type Account = {
  sequence: number
  /** Of the last reading: its place among all, when it was sent, and how many words had been heard by then. */
  reading: number
  readAt: number
  readWords: number
  words: number
  askedAt: number
  asking: { words: number; answer: Promise<number> } | null
}

/** @param onError told of a reading that failed; the next one tries again within a second */
export function followAuthSequences(db: Database, onError: (error: unknown) => void): AuthSequences {
  const accounts = new Map<string, Account>()
  let clock = { reading: 0, database: Date.now(), at: performance.now() }
  let readings = 0

  const read = async (accountIds: string[]) => {
    const reading = ++readings
    const sentAt = performance.now()
    const words = new Map(accountIds.map((id) => [id, accounts.get(id)?.words ?? 0]))
    const found = await readSequences(db, accountIds)
    for (const { accountId, sequence, now } of found) {
      // As if it had been read when it was asked for: so a token ends too early by a round trip, never too late.
      if (reading > clock.reading) clock = { reading, database: now, at: sentAt }
      const account = accounts.get(accountId)
      if (account && reading > account.reading)
        Object.assign(account, { sequence, reading, readAt: sentAt, readWords: words.get(accountId) ?? 0 })
    }
  }
  const ask = (accountId: string, account: Account): Promise<number> => {
    if (account.asking?.words === account.words) return account.asking.answer
    const answer = read([accountId]).then(() => {
      if (account.reading === 0) throw new Error('A token is of an account that there is not.')
      return account.sequence
    })
    const asking = { words: account.words, answer }
    const done = () => {
      if (account.asking === asking) account.asking = null
    }
    answer.then(done, done)
    account.asking = asking
    return answer
  }
  const readAll = async () => {
    const now = performance.now()
    for (const [id, { askedAt }] of accounts) if (now - askedAt > FORGET_AFTER_MS) accounts.delete(id)
    if (accounts.size > 0) await read([...accounts.keys()])
  }
  const repeated = repeat(READ_EVERY_MS, readAll, onError)

  return {
    current(accountId) {
      const now = performance.now()
      const account = accounts.get(accountId) ?? unread(now)
      accounts.set(accountId, account)
      account.askedAt = now
      const isFresh = now - account.readAt <= STALE_AFTER_MS && account.readWords === account.words
      return isFresh ? account.sequence : ask(accountId, account)
    },
    now: () => clock.database + (performance.now() - clock.at),
    heard(accountId) {
      const account = accounts.get(accountId)
      if (account) account.words += 1
    },
    close: () => repeated.stop(),
  }
}

function unread(now: number): Account {
  return {
    sequence: 0,
    reading: 0,
    readAt: Number.NEGATIVE_INFINITY,
    readWords: 0,
    words: 0,
    askedAt: now,
    asking: null,
  }
}

async function readSequences(db: Database, accountIds: string[]) {
  type Row = { accountId: string; sequence: string | number; now: string | number }
  const found = await inSystem(db, (tx) =>
    rows<Row>(
      tx,
      sql`select account_id as "accountId", auth_sequence as sequence, extract(epoch from clock_timestamp()) * 1000 as now
        from audit_heads where account_id = any(${sql.param(accountIds)}::uuid[])`,
    ),
  )
  return found.map(({ accountId, sequence, now }) => ({ accountId, sequence: Number(sequence), now: Number(now) }))
}
