import fc from 'fast-check'
import type { FeedItem } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { expect, newAccount, test } from '../support/index.ts'
import { openFeed, openReader, type Reader, upTo } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

const RUNS = process.env.LONG ? 300 : 40

type Step =
  | { do: 'commit'; events: number; wake: boolean; wait: boolean }
  | { do: 'wake' }
  | { do: 'read' }
  | { do: 'resume'; begin: 'OLDEST' | 'NOW' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      events: fc.integer({ min: 1, max: 3 }),
      wake: fc.boolean(),
      wait: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'wake' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'read' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resume' as const),
      begin: fc.constantFrom('OLDEST' as const, 'NOW' as const),
    }),
  },
)

test('in whatever order one commits, wakes, reads and comes back, each event is told once and in order', async ({
  db,
}) => {
  using feed = openFeed(db)
  const runs = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
    const caller = await newAccount(db)
    const { seen, committed } = await play(db, feed, caller, steps)
    expect(seen).toEqual(upTo(committed))
    expect(feed.followers(caller.accountId)).toBe(0)
  })
  await fc.assert(runs, { numRuns: RUNS, interruptAfterTimeLimit: process.env.LONG ? 60_000 : 10_000 })
}, 90_000)

/** @returns what the reader was told, and how many events there are, once all is through */
async function play(db: Database, feed: ReturnType<typeof openFeed>, caller: Caller, steps: Step[]) {
  const seen: number[] = []
  const commits: Promise<unknown>[] = []
  let committed = 0
  let reader: Reader = await openReader(feed, caller)
  let reading: Promise<unknown> | null = null

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
    else if (step.do === 'wake') feed.wake(caller.accountId)
    else if (step.do === 'commit') {
      committed += step.events
      const written = writeEvents(db, caller, step.events).then(() => step.wake && feed.wake(caller.accountId))
      commits.push(written)
      if (step.wait) await written
    } else {
      await leave()
      reader = await openReader(feed, caller, { after: seen.at(-1) ?? 0, begin: step.begin })
    }
  }
  await Promise.all(commits)
  feed.wake(caller.accountId)
  while (seen.length < committed) await (reading ?? reader.items.next().then(take))
  await leave()
  return { seen, committed }
}
