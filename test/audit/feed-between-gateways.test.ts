import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, inject, vi } from 'vitest'
import { connectPostgres, type Database, rows } from '../../src/database/index.ts'
import { expect, newAccount, test } from '../support/index.ts'
import { openFeed, openReader } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

// No sweep comes here: what is heard is heard by a signal.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** The embedded database serves one process: there is nobody to tell. */
const onServers = test.runIf(inject('engine') === 'postgres')

const OF_LISTENERS = sql`from pg_stat_activity where query ilike 'listen%' and datname = current_database()`

/** PostgreSQL tells its owner alone who does what. */
function asOwner<T extends Record<string, unknown>>(db: Database, statement: ReturnType<typeof sql>): Promise<T[]> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    return rows<T>(tx, statement)
  })
}
const listeners = async (db: Database) =>
  (await asOwner<{ pid: number }>(db, sql`select pid ${OF_LISTENERS}`)).map(({ pid }) => pid)

/** Two gateways' feeds on one database, each with connections of its own. */
async function twoFeeds(databaseUrl: string | null) {
  const opened = new AsyncDisposableStack()
  const open = () => {
    const connection = connectPostgres(databaseUrl ?? '')
    opened.defer(connection.close)
    return { db: connection.db, feed: opened.use(openFeed(connection.db, connection.signals)) }
  }
  return { one: open(), other: open(), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

onServers(
  'what one gateway commits reaches those who watch at another by a signal, without a sweep [feed 8]',
  async ({ db, databaseUrl }) => {
    const caller = await newAccount(db)
    await using feeds = await twoFeeds(databaseUrl)
    await expect.poll(() => listeners(db), { timeout: 10_000 }).toHaveLength(2)
    await using reader = await openReader(feeds.other.feed, caller)
    for (const sequence of [1, 2, 3]) {
      const waiting = reader.events(1)
      await writeEvents(feeds.one.db, caller)
      feeds.one.feed.wake(caller.accountId)
      expect(await waiting).toEqual([sequence])
    }
  },
)

onServers(
  'a listener that lost its connection comes back, and what no gateway sent is passed over',
  async ({ db, databaseUrl }) => {
    const caller = await newAccount(db)
    await using feeds = await twoFeeds(databaseUrl)
    await expect.poll(() => listeners(db), { timeout: 10_000 }).toHaveLength(2)
    const before = await listeners(db)
    await asOwner(db, sql`select pg_terminate_backend(pid) ${OF_LISTENERS}`)
    const back = async () => (await listeners(db)).filter((pid) => !before.includes(pid))
    await expect.poll(back, { timeout: 15_000 }).toHaveLength(2)
    for (const text of ['', 'null', '{}', '{"from":1,"accounts":[]}', '{"from":"x","accounts":["x",1,null]}'])
      await db.execute(sql`select pg_notify('chatelaine_audit', ${text})`)
    await using reader = await openReader(feeds.other.feed, caller)
    const waiting = reader.events(1)
    await writeEvents(feeds.one.db, caller)
    feeds.one.feed.wake(caller.accountId)
    expect(await waiting).toEqual([1])
  },
)

onServers(
  'signals of many accounts fit into what a NOTIFY may carry, and a burst of one account is one',
  async ({ db, databaseUrl }) => {
    await using feeds = await twoFeeds(databaseUrl)
    const third = connectPostgres(databaseUrl ?? '')
    await using _closing = { [Symbol.asyncDispose]: third.close }
    const heard: string[][] = []
    third.signals.listen(
      (accounts) => heard.push(accounts),
      (error) => {
        throw error
      },
    )
    await expect.poll(() => listeners(db), { timeout: 10_000 }).toHaveLength(3)
    const many = Array.from({ length: 450 }, () => crypto.randomUUID())
    for (const accountId of [...many, ...many]) feeds.one.feed.wake(accountId)
    await expect.poll(() => heard.flat().length, { timeout: 10_000 }).toBe(450)
    expect(heard).toHaveLength(3)
    expect(new Set(heard.flat())).toEqual(new Set(many))
  },
)
