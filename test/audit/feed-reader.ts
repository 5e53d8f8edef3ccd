import { createFeed, type Feed, type FeedItem, type FollowRequest } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, noSignals, type Signals } from '../../src/database/index.ts'

/** A feed as a gateway has it, whose reads all succeed as long as it is open: until the end of the test. */
export function openFeed(db: Database, signals: Signals = noSignals): Feed & Disposable {
  let closed = false
  const feed = createFeed(db, signals, (error) => {
    if (!closed) throw error
  })
  const close = () => {
    closed = true
    feed.close()
  }
  return { ...feed, close, [Symbol.dispose]: close }
}

export type Reader = AsyncDisposable & {
  /** The next item. @throws Error where the feed has ended */
  next(): Promise<FeedItem>
  /** So many events, without the items that hold none. @returns their sequences */
  events(count: number): Promise<number[]>
  items: AsyncIterableIterator<FeedItem>
}

/** Follows the caller's account from its beginning, unless told otherwise. */
export async function openReader(feed: Feed, caller: Caller, request: Partial<FollowRequest> = {}): Promise<Reader> {
  const items = await feed.follow(caller, {
    filter: {},
    after: null,
    begin: 'OLDEST',
    heartbeat: null,
    cursorOf: String,
    ...request,
  })
  const next = async () => {
    const { done, value } = await items.next()
    if (done) throw new Error('The feed has ended.')
    return value
  }
  const events = async (count: number) => {
    const sequences: number[] = []
    while (sequences.length < count) {
      const { event } = await next()
      if (event) sequences.push(event.sequence)
    }
    return sequences
  }
  return { items, next, events, [Symbol.asyncDispose]: async () => void (await items.return?.()) }
}

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
