import { afterEach, beforeEach, vi } from 'vitest'
import { describe, expect, test } from '../support/index.ts'
import { openFeed, openReader } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

describe('with a heartbeat the first item is one without an event [feed 5]', () => {
  test('live at once, where there is no backlog', async ({ db, owner }) => {
    using feed = openFeed(db)
    await using empty = await openReader(feed, owner, { heartbeat: 5 })
    expect(await empty.next()).toEqual({ sequence: 0, event: null, live: true })
    await writeEvents(db, owner, 2)
    await using now = await openReader(feed, owner, { heartbeat: 5, begin: 'NOW' })
    expect(await now.next()).toEqual({ sequence: 2, event: null, live: true })
    await using after = await openReader(feed, owner, { heartbeat: 5, after: 2 })
    expect(await after.next()).toEqual({ sequence: 2, event: null, live: true })
  })

  test('else another says when the backlog is through, once', async ({ db, owner }) => {
    using feed = openFeed(db)
    await writeEvents(db, owner, 2)
    await using reader = await openReader(feed, owner, { heartbeat: 5 })
    expect(await reader.next()).toEqual({ sequence: 0, event: null, live: false })
    expect(await reader.next()).toMatchObject({ sequence: 1, event: { sequence: 1 }, live: false })
    expect(await reader.next()).toMatchObject({ sequence: 2, event: { sequence: 2 }, live: false })
    expect(await reader.next()).toEqual({ sequence: 2, event: null, live: true })
    const waiting = reader.next()
    await writeEvents(db, owner)
    feed.wake(owner.accountId)
    expect(await waiting).toMatchObject({ sequence: 3, event: { sequence: 3 }, live: true })
  })

  test('also where the filter lets nothing of it through', async ({ db, owner }) => {
    using feed = openFeed(db)
    await writeEvents(db, owner, 2)
    await using reader = await openReader(feed, owner, { heartbeat: 5, filter: { types: ['APP_CREATED'] } })
    expect(await reader.next()).toEqual({ sequence: 0, event: null, live: false })
    expect(await reader.next()).toEqual({ sequence: 2, event: null, live: true })
  })
})

test('without a heartbeat no item is without an event', async ({ db, owner }) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 2)
  await using reader = await openReader(feed, owner)
  expect((await reader.next()).event?.sequence).toBe(1)
  expect((await reader.next()).event?.sequence).toBe(2)
  const waiting = reader.next()
  await writeEvents(db, owner)
  feed.wake(owner.accountId)
  expect((await waiting).event?.sequence).toBe(3)
})

describe('when nothing has come for so long', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  test('the next heartbeat comes then, and tells up to where nothing matched [feed 5]', async ({ db, owner }) => {
    using feed = openFeed(db)
    await using reader = await openReader(feed, owner, { heartbeat: 60, filter: { types: ['APP_CREATED'] } })
    expect(await reader.next()).toEqual({ sequence: 0, event: null, live: true })

    await using unfiltered = await openReader(feed, owner)

    const beating = settled(reader.next())
    await writeEvents(db, owner, 2) // matches nothing, so it is no message
    feed.wake(owner.accountId)
    expect(await unfiltered.events(2)).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(59_999)
    expect(beating.is).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1)
    expect(await beating.value).toEqual({ sequence: 2, event: null, live: true })
  })

  test('each message starts the time anew', async ({ db, owner }) => {
    using feed = openFeed(db)
    await using reader = await openReader(feed, owner, { heartbeat: 60 })
    await reader.next()
    await vi.advanceTimersByTimeAsync(50_000)
    const event = reader.next()
    await writeEvents(db, owner)
    feed.wake(owner.accountId)
    expect(await event).toMatchObject({ sequence: 1, live: true })

    const beating = settled(reader.next())
    await vi.advanceTimersByTimeAsync(59_000)
    expect(beating.is).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await beating.value).toEqual({ sequence: 1, event: null, live: true })
  })

  test('a reader that comes late gets its heartbeat at once', async ({ db, owner }) => {
    using feed = openFeed(db)
    await using reader = await openReader(feed, owner, { heartbeat: 60 })
    await reader.next()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await reader.next()).toEqual({ sequence: 0, event: null, live: true })
  })
})

/** A promise that can be asked whether it waits still. */
function settled<T>(promise: Promise<T>): { is: 'waiting' | 'settled'; value: Promise<T> } {
  const state = { is: 'waiting' as 'waiting' | 'settled', value: promise }
  void promise.finally(() => {
    state.is = 'settled'
  })
  return state
}
