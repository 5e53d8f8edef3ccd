import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, vi } from 'vitest'
import { createFeed, listEvents } from '../../src/audit/index.ts'
import { type Database, noSignals } from '../../src/database/index.ts'
import { expect, newAccount, read, test } from '../support/index.ts'
import { openFeed, openReader, upTo } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

// The sweep comes when a test says so, and not before.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())
const sweep = () => vi.advanceTimersByTime(1000)

const asMaker = (db: Database, statement: string) =>
  db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    await tx.execute(sql.raw(statement))
  })

test('a wake alone is enough: no sweep is needed', async ({ db, owner }) => {
  using feed = openFeed(db)
  await using first = await openReader(feed, owner)
  await using second = await openReader(feed, owner)
  for (const sequence of upTo(20)) {
    const waiting = [first.events(1), second.events(1)]
    await writeEvents(db, owner)
    feed.wake(owner.accountId)
    expect(await Promise.all(waiting)).toEqual([[sequence], [sequence]])
  }
})

test('a sweep alone is enough: no wake is needed [feed 8]', async ({ db, owner }) => {
  using feed = openFeed(db)
  await using reader = await openReader(feed, owner)
  for (const sequence of upTo(3)) {
    const waiting = reader.events(1)
    await writeEvents(db, owner)
    sweep()
    expect(await waiting).toEqual([sequence])
  }
})

test('what is committed while the first follower comes in is not missed', async ({ db, owner }) => {
  using feed = openFeed(db)
  for (let round = 0; round < 40; round += 1) {
    const caller = round % 2 ? owner : await newAccount(db) // with a history, and without
    const { items: before } = await read(db, caller, (tx) => listEvents(tx, caller, {}, { last: 1 }))
    const after = before[0]?.sequence ?? 0
    // At the wake the account is not watched yet, or just so: each round the commit comes a little later.
    const written = writeEvents(db, caller).then(() => feed.wake(caller.accountId))
    for (let turn = 0; turn < round % 8; turn += 1) await setImmediate()
    await using reader = await openReader(feed, caller, { after })
    expect(await reader.events(1)).toEqual([after + 1])
    await written
    await reader[Symbol.asyncDispose]()
    sweep() // lets go of the account: the next reader is the first again
  }
})

test('a read that fails is told, loses nobody, and is made up for by the next sweep', async ({ db, owner }) => {
  const { promise: failure, resolve } = Promise.withResolvers<unknown>()
  const feed = createFeed(db, noSignals, resolve)
  const reader = await openReader(feed, owner, { begin: 'NOW' })
  const waiting = reader.events(2)
  await writeEvents(db, owner)
  await asMaker(db, 'revoke select on audit_events from chatelaine_member')
  feed.wake(owner.accountId)
  expect(await failure).toMatchObject({ cause: { code: '42501' } })
  await asMaker(db, 'grant select on audit_events to chatelaine_member')
  await writeEvents(db, owner)
  sweep()
  expect(await waiting).toEqual([1, 2])
  await reader[Symbol.asyncDispose]()
  feed.close()
})

test('an account that nobody follows any more is read no more', async ({ db, owner }) => {
  using feed = openFeed(db)
  const reader = await openReader(feed, owner)
  await writeEvents(db, owner)
  feed.wake(owner.accountId)
  await reader.events(1)
  await reader[Symbol.asyncDispose]()
  sweep() // lets go of the account
  await asMaker(db, 'revoke select on audit_events from chatelaine_member')
  await writeEvents(db, owner)
  feed.wake(owner.accountId)
  sweep() // a read would fail, and openFeed would throw
  await asMaker(db, 'grant select on audit_events to chatelaine_member')
  await using again = await openReader(feed, owner)
  expect(await again.events(2)).toEqual([1, 2])
})
