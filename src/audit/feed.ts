import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { auditHeads, type Database, inSystem, readAccount, type Signals } from '../database/index.ts'
import { Fault } from '../result.ts'
import { cursorExpired } from './cursor-expired.ts'
import type { Sequence } from './event.ts'
import { firstSequenceOf } from './first-sequence.ts'
import { type FeedItem, follow, type Stream } from './follow.ts'
import { type EventFilter, headOf } from './list-events.ts'
import { createTail, type Tail } from './tail.ts'

/** A lost or missing signal costs no more than this. */
const SWEEP_MS = 1000
const SETTLE_WITHIN_MS = 1000
const SETTLE_LOOK_MS = 10

export type FollowRequest = {
  filter: EventFilter
  /** The last event already seen; null to begin as `begin` says. */
  after: Sequence | null
  begin: 'NOW' | 'OLDEST'
  /** Seconds, 5 to 3600. */
  heartbeat: number | null
  /** How a place in the history is told to the client. */
  cursorOf(sequence: Sequence): string
}

/** The live history of every account that somebody in this process watches. */
export type Feed = {
  /**
   * Everything since `after`, then on into the live events, with nothing lost, doubled or reordered at the seam.
   * @throws Fault FORBIDDEN without audit/read; CURSOR_INVALID for a cursor ahead of the history; CURSOR_EXPIRED where
   *   events behind the cursor are kept no longer, also later, when retention overtakes a slow reader; BAD_USER_INPUT for
   *   a time in the filter, or a heartbeat out of its range
   */
  follow(caller: Caller, request: FollowRequest): Promise<Stream<FeedItem>>
  /** Says that an account's history has grown, here and to the other gateways: to be called right after the commit. */
  wake(accountId: string): void
  /** Calls back for each account whose history has grown, by wake or by what another gateway has signalled. */
  onWake(callback: (accountId: string) => void): void
  /** How many follow an account at present. */
  followers(accountId: string): number
  /** Reads once more what was committed, and waits until all who follow have taken it; who is slow is not waited for. */
  settle(): Promise<void>
  close(): void
}

/**
 * One read per account and wake-up feeds all who follow it. Who commits calls `wake`, which other gateways hear as a
 * signal; where one is lost, a sweep finds what they committed, once a second, in one query for all watched accounts.
 *
 * @param onError told of a read that failed; the next sweep tries again
 */
export function createFeed(db: Database, signals: Signals, onError: (error: unknown) => void): Feed {
  const tails = new Map<string, Tail>()
  const refresh = (tail: Tail) => void tail.refresh().catch(onError)

  let sweeping = false
  const sweep = async () => {
    for (const [accountId, tail] of tails) if (tail.followers() === 0) tails.delete(accountId)
    if (sweeping || tails.size === 0) return
    sweeping = true
    try {
      for (const { accountId, sequence } of await headsOf(db, [...tails.keys()])) {
        const tail = tails.get(accountId)
        if (tail && sequence > tail.head()) refresh(tail)
      }
    } catch (error) {
      onError(error)
    } finally {
      sweeping = false
    }
  }
  const timer = setInterval(() => void sweep(), SWEEP_MS)
  timer.unref()
  const callbacks: ((accountId: string) => void)[] = []
  const wakeHere = (accountId: string) => {
    for (const callback of callbacks) callback(accountId)
    const tail = tails.get(accountId)
    if (tail) refresh(tail)
  }
  signals.listen((accountIds) => accountIds.forEach(wakeHere), onError)

  return {
    async follow(caller, { filter, after, begin, heartbeat, cursorOf }) {
      requirePermission(caller, 'audit/read')
      if (filter.from || filter.to)
        throw new Fault('BAD_USER_INPUT', 'A subscription has no from and no to: use after and begin.')
      if (heartbeat !== null && (heartbeat < 5 || heartbeat > 3600))
        throw new Fault('BAD_USER_INPUT', 'A heartbeat comes every PT5S to PT1H.')
      const { accountId } = caller
      const [head, oldest] = await readAccount(db, accountId, (tx) =>
        Promise.all([headOf(tx, accountId), firstSequenceOf(tx, accountId)]),
      )
      if (after !== null && after > head) throw new Fault('CURSOR_INVALID', 'The cursor is ahead of the history.')
      if (after !== null && after + 1 < oldest) throw cursorExpired(after + 1, oldest - 1, cursorOf)
      let tail = tails.get(accountId)
      if (!tail) {
        tail = createTail(db, accountId, head)
        tails.set(accountId, tail)
      }
      const position = after ?? (begin === 'OLDEST' ? oldest - 1 : head)
      const items = follow(tail, { position, liveAfter: head, filter, heartbeat, cursorOf })
      // What was committed since the head was read woke nobody, where this is the account's first follower.
      refresh(tail)
      return items
    },
    wake(accountId) {
      wakeHere(accountId)
      signals.send(accountId)
    },
    onWake: (callback) => void callbacks.push(callback),
    async settle() {
      const deadline = performance.now() + SETTLE_WITHIN_MS
      const read = Promise.all([...tails.values()].map((tail) => tail.refresh())).catch(onError)
      await Promise.race([read, setTimeout(SETTLE_WITHIN_MS, null, { ref: false })])
      while (performance.now() < deadline && !tails.values().every((tail) => tail.areCaughtUp()))
        await setTimeout(SETTLE_LOOK_MS)
    },
    followers: (accountId) => tails.get(accountId)?.followers() ?? 0,
    close() {
      clearInterval(timer)
      tails.clear()
    },
  }
}

function headsOf(db: Database, accountIds: string[]): Promise<{ accountId: string; sequence: Sequence }[]> {
  return inSystem(db, (tx) =>
    tx
      .select({ accountId: auditHeads.accountId, sequence: auditHeads.sequence })
      .from(auditHeads)
      .where(sql`${auditHeads.accountId} = any(${sql.param(accountIds)}::uuid[])`),
  )
}
