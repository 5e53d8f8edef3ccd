import { randomUUIDv7 } from 'node:crypto'
import { inject, vi } from 'vitest'
import type { EventFilter, Feed } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { connectPostgres, type Database } from '../../src/database/index.ts'
import { allEvents, describe, expect, memberOf, newAccount, test } from '../support/index.ts'
import { openFeed, openReader, upTo } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

const writeAndWake = async (db: Database, feed: Feed, caller: Caller, count = 1) => {
  const sequences = await writeEvents(db, caller, count)
  feed.wake(caller.accountId)
  return sequences
}

test('the backlog comes first, whole events as the list has them, then what is committed [feed 4]', async ({
  db,
  owner,
}) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 3)
  await using reader = await openReader(feed, owner)
  const backlog = [await reader.next(), await reader.next(), await reader.next()]
  const stored = await allEvents(db, owner)
  expect(backlog).toEqual(stored.map((event) => ({ sequence: event.sequence, event, live: false })))
  const waiting = reader.next()
  await writeAndWake(db, feed, owner)
  const [event] = (await allEvents(db, owner)).slice(-1)
  expect(await waiting).toEqual({ sequence: 4, event, live: true })
})

test('begin NOW leaves out what was, after goes on behind it [feed 2]', async ({ db, owner }) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 3)
  await using now = await openReader(feed, owner, { begin: 'NOW' })
  await using after = await openReader(feed, owner, { after: 1, begin: 'NOW' })
  await using fromZero = await openReader(feed, owner, { after: 0, begin: 'NOW' })
  await writeAndWake(db, feed, owner)
  expect(await now.events(1)).toEqual([4])
  expect(await after.events(3)).toEqual([2, 3, 4])
  expect(await fromZero.events(4)).toEqual([1, 2, 3, 4])
})

test('nobody sees the events of another account', async ({ db, owner }) => {
  using feed = openFeed(db)
  const other = await newAccount(db)
  await using mine = await openReader(feed, owner)
  await using theirs = await openReader(feed, other)
  await writeAndWake(db, feed, owner, 2)
  await writeAndWake(db, feed, other, 1)
  expect((await theirs.next()).event?.accountId).toBe(other.accountId)
  await writeAndWake(db, feed, owner, 1)
  expect(await mine.events(3)).toEqual([1, 2, 3])
  await writeAndWake(db, feed, other, 1)
  expect(await theirs.events(1)).toEqual([2])
})

test('a filter means the same as in a list [feed 6]', async ({ db, owner }) => {
  using feed = openFeed(db)
  const [appId, colleague] = [randomUUIDv7(), await memberOf(db, owner, 'ADMIN')]
  const elsewhere = { ...owner, origin: { ...owner.origin, ip: '2001:db8::7' } }
  const filters: [EventFilter, number[]][] = [
    [{ types: ['APP_CREATED', 'APP_DELETED'] }, [1, 4]],
    [{ types: [], appId: null, actorId: null, sourceIp: null }, [1, 2, 3, 4]],
    [{ appId }, [2, 4]],
    [{ actorId: colleague.actor.id }, [3, 4]],
    [{ sourceIp: '2001:db8::7' }, [2]],
    [{ appId, actorId: colleague.actor.id }, [4]],
  ]
  const readers = await Promise.all(filters.map(([filter]) => openReader(feed, owner, { filter })))
  await writeEvents(db, owner, 1, { type: 'APP_CREATED' })
  await writeEvents(db, elsewhere, 1, { appId })
  await writeEvents(db, colleague)
  await writeEvents(db, colleague, 1, { type: 'APP_CREATED', appId })
  feed.wake(owner.accountId)
  for (const [index, [, sequences]] of filters.entries())
    expect(await readers[index]?.events(sequences.length)).toEqual(sequences)
  for (const reader of readers) await reader[Symbol.asyncDispose]()
})

test('nothing is lost, doubled or reordered at the seam while writers run [feed 2]', async ({
  db,
  databaseUrl,
  owner,
}) => {
  using feed = openFeed(db)
  const pool = databaseUrl ? connectPostgres(databaseUrl, { max: 4 }) : null
  const write = async () => {
    for (let batch = 0; batch < 25; batch += 1) await writeAndWake(pool?.db ?? db, feed, owner, 1 + (batch % 3))
  }
  const writers = Promise.all([write(), write(), write(), write()])
  // They come in at different moments of the same flood, each from another place.
  const reading: Promise<number[]>[] = []
  for (let after = 0; after < 8; after += 1) {
    await using reader = await openReader(feed, owner)
    await reader.events(after * 10 + 1)
    const resumed = await openReader(feed, owner, { after: after * 10 + 1 })
    reading.push(resumed.events(196 - (after * 10 + 1)).finally(() => resumed[Symbol.asyncDispose]()))
  }
  await writers
  await pool?.close()
  const seen = await Promise.all(reading)
  for (const [index, sequences] of seen.entries()) expect(sequences).toEqual(upTo(196).slice(index * 10 + 1))
})

test('a reader that falls behind the events in memory still gets every one [feed 10]', async ({ db, owner }) => {
  using feed = openFeed(db)
  await using slow = await openReader(feed, owner)
  await using quick = await openReader(feed, owner)
  await writeAndWake(db, feed, owner, 5)
  expect(await slow.events(2)).toEqual([1, 2])
  for (let written = 0; written < 3; written += 1) await writeAndWake(db, feed, owner, 400)
  expect(await quick.events(1205)).toEqual(upTo(1205))
  expect(await slow.events(1203)).toEqual(upTo(1205).slice(2))
})

test('what was read ahead for a reader that stands still is let go, and read again', async ({ db, owner }) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 20)
  await using reader = await openReader(feed, owner)
  const transactions = vi.spyOn(db, 'transaction')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    expect(await reader.events(5)).toEqual(upTo(5))
    transactions.mockClear()
    expect(await reader.events(5)).toEqual(upTo(10).slice(5))
    expect(transactions).toHaveBeenCalledTimes(0)
    vi.advanceTimersByTime(1000)
    expect(await reader.events(10)).toEqual(upTo(20).slice(10))
    expect(transactions).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
    transactions.mockRestore()
  }
})

test('a filter that lets little through walks a backlog of many pages to its end', async ({ db, owner }) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 1001)
  await writeEvents(db, owner, 1, { type: 'APP_CREATED' })
  await writeEvents(db, owner, 600)
  await using reader = await openReader(feed, owner, { filter: { types: ['APP_CREATED'] }, heartbeat: 5 })
  expect(await reader.next()).toEqual({ sequence: 0, event: null, live: false })
  expect(await reader.next()).toMatchObject({ sequence: 1002, event: { type: 'APP_CREATED' }, live: false })
  expect(await reader.next()).toEqual({ sequence: 1602, event: null, live: true })
})

test('the account is watched as long as somebody follows it', async ({ db, owner }) => {
  using feed = openFeed(db)
  expect(feed.followers(owner.accountId)).toBe(0)
  const first = await openReader(feed, owner)
  const second = await openReader(feed, owner)
  expect(feed.followers(owner.accountId)).toBe(2)
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  expect(feed.followers(owner.accountId)).toBe(1)
  await second[Symbol.asyncDispose]()
  expect(feed.followers(owner.accountId)).toBe(0)
  // Written while nobody was there: who comes back gets it.
  await writeAndWake(db, feed, owner, 2)
  await using third = await openReader(feed, owner)
  expect(await third.events(2)).toEqual([1, 2])
})

describe('return()', () => {
  test('ends a next() that waits, at once', async ({ db, owner }) => {
    using feed = openFeed(db)
    const { items } = await openReader(feed, owner)
    const waiting = items.next()
    expect(await items.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await writeAndWake(db, feed, owner)
    expect(await items.next()).toEqual({ done: true, value: undefined })
  })

  test('ends a next() in the middle of a read, with events at hand', async ({ db, owner }) => {
    using feed = openFeed(db)
    await writeEvents(db, owner, 3)
    const { items } = await openReader(feed, owner)
    const reading = items.next()
    await items.return?.()
    expect(await reading).toEqual({ done: true, value: undefined })
    expect(feed.followers(owner.accountId)).toBe(0)
  })
})

describe('refused', () => {
  test('a cursor ahead of the history is CURSOR_INVALID, the newest event is none', async ({ db, owner }) => {
    using feed = openFeed(db)
    await writeEvents(db, owner, 2)
    await expect(openReader(feed, owner, { after: 3 })).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
      message: 'The cursor is ahead of the history.',
    })
    expect(feed.followers(owner.accountId)).toBe(0)
    await using reader = await openReader(feed, owner, { after: 2 })
    await writeAndWake(db, feed, owner)
    expect(await reader.events(1)).toEqual([3])
  })

  test('FORBIDDEN without audit/read', async ({ db, owner }) => {
    using feed = openFeed(db)
    const nobody = { ...owner, permissions: new Set<never>() }
    await expect(openReader(feed, nobody)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(feed.followers(owner.accountId)).toBe(0)
  })

  test('a time in the filter and a heartbeat out of its range are BAD_USER_INPUT [feed 6]', async ({ db, owner }) => {
    using feed = openFeed(db)
    const times = { code: 'BAD_USER_INPUT', message: 'A subscription has no from and no to: use after and begin.' }
    await expect(openReader(feed, owner, { filter: { from: new Date() } })).rejects.toMatchObject(times)
    await expect(openReader(feed, owner, { filter: { to: new Date() } })).rejects.toMatchObject(times)
    const range = { code: 'BAD_USER_INPUT', message: 'A heartbeat comes every PT5S to PT1H.' }
    for (const heartbeat of [0, 4, 3601])
      await expect(openReader(feed, owner, { heartbeat })).rejects.toMatchObject(range)
    expect(feed.followers(owner.accountId)).toBe(0)
  })
})

describe.runIf(inject('engine') === 'postgres')('two gateways on one database', () => {
  test('what one commits, the other finds within about a second, without a signal', async ({
    db,
    databaseUrl,
    owner,
  }) => {
    const elsewhere = connectPostgres(databaseUrl ?? '', { max: 2 })
    using here = openFeed(db)
    using there = openFeed(elsewhere.db)
    await using reader = await openReader(there, owner)
    const started = performance.now()
    await writeAndWake(db, here, owner, 2)
    expect(await reader.events(2)).toEqual([1, 2])
    expect(performance.now() - started).toBeLessThan(3000)
    await elsewhere.close()
  })
})
