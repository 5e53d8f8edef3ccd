import fc from 'fast-check'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Feed, FeedItem } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database, Signals } from '../../src/database/index.ts'
import { expect, newAccount, test } from '../support/index.ts'
import { openFeed, openReader, type Reader, upTo } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

// No sweep mends here what a wake or a signal should have done.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

const RUNS = process.env.LONG ? 300 : 40

/** Of two: where one writes, and where one watches. */
type Gateway = 0 | 1
type Step =
  | { do: 'commit'; at: Gateway; events: number; wake: boolean; heard: boolean; wait: boolean }
  | { do: 'wake'; at: Gateway; heard: boolean }
  | { do: 'read' }
  | { do: 'resume'; at: Gateway; begin: 'OLDEST' | 'NOW' }
const gateway = fc.constantFrom<Gateway[]>(0, 1)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      at: gateway,
      heard: fc.boolean(),
      events: fc.integer({ min: 1, max: 3 }),
      wake: fc.boolean(),
      wait: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wake' as const), at: gateway, heard: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constant({ do: 'read' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resume' as const),
      at: gateway,
      begin: fc.constantFrom('OLDEST' as const, 'NOW' as const),
    }),
  },
)

test('in whatever order one commits, wakes, is heard, reads and comes back, here or at another gateway, each event is told once and in order [feed 2]', async ({
  db,
}) => {
  const bus = createBus()
  using one = openFeed(db, bus.one)
  using other = openFeed(db, bus.other)
  const feeds: Feeds = [one, other]
  const runs = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
    const caller = await newAccount(db)
    const { seen, committed } = await play(db, bus, feeds, caller, steps)
    expect(seen).toEqual(upTo(committed))
    for (const feed of feeds) expect(feed.followers(caller.accountId)).toBe(0)
  })
  await fc.assert(runs, { numRuns: RUNS, interruptAfterTimeLimit: process.env.LONG ? 60_000 : 10_000 })
}, 90_000)

type Feeds = [Feed, Feed]
type Bus = { one: Signals; other: Signals; heard: boolean }

/** What two gateways tell one another by; what is sent while nothing is `heard` is lost. */
function createBus(): Bus {
  const listeners: Record<'one' | 'other', (accountIds: string[]) => void> = { one: () => {}, other: () => {} }
  const side = (self: 'one' | 'other', peer: 'one' | 'other'): Signals => ({
    send: (accountId) => bus.heard && listeners[peer]([accountId]),
    listen: (onSignal) => {
      listeners[self] = onSignal
    },
    close: async () => {},
  })
  const bus: Bus = { one: side('one', 'other'), other: side('other', 'one'), heard: true }
  return bus
}

/** @returns what the reader was told, and how many events there are, once all is through */
async function play(db: Database, bus: Bus, feeds: Feeds, caller: Caller, steps: Step[]) {
  const seen: number[] = []
  const commits: Promise<unknown>[] = []
  let committed = 0
  let unheard = false
  let watchingAt: Gateway = 0
  let reader: Reader = await openReader(feeds[0], caller)
  let reading: Promise<unknown> | null = null

  const wake = (at: Gateway, heard: boolean) => {
    bus.heard = heard
    feeds[at].wake(caller.accountId)
  }
  const take = ({ done, value }: IteratorResult<FeedItem>) => {
    reading = null
    if (!done) seen.push(value.sequence)
  }
  const leave = async () => {
    await reader[Symbol.asyncDispose]()
    await reading // what was on its way has been told, or has not
  }
  for (const step of steps) {
    if (step.do === 'read') reading ??= reader.items.next().then(take)
    else if (step.do === 'wake') wake(step.at, step.heard)
    else if (step.do === 'commit') {
      committed += step.events
      const written = writeEvents(db, caller, step.events).then(() => {
        unheard = !step.wake || !(step.heard || step.at === watchingAt)
        if (step.wake) wake(step.at, step.heard)
      })
      commits.push(written)
      if (step.wait) await written
    } else {
      await leave()
      watchingAt = step.at
      reader = await openReader(feeds[step.at], caller, { after: seen.at(-1) ?? 0, begin: step.begin })
    }
  }
  await Promise.all(commits)
  if (unheard) wake(0, true) // else the wake that came with the last commit has to be enough
  while (seen.length < committed) await (reading ?? reader.items.next().then(take))
  await leave()
  return { seen, committed }
}
