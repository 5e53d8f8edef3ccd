import { and, asc, eq, gt } from 'drizzle-orm'
import { auditEvents, type Database, readAccount } from '../database/index.ts'
import type { AuditEvent, Sequence } from './event.ts'
import { readRecord } from './read-record.ts'

const PAGE = 500
/** Kept in memory for each watched account, so that whoever is nearly caught up costs no query. */
const KEPT_EVENTS = 500

/** The newest part of one watched account's history, read once for all who follow it. */
export type Tail = {
  /** The newest event that this process has read; everything up to it may be told. */
  head(): Sequence
  /** The events after a sequence, oldest first: those at hand. Null where they reach further back than that. */
  recent(sequence: Sequence): readonly AuditEvent[] | null
  /** Of those after a sequence the first page, out of the store. */
  read(sequence: Sequence): Promise<readonly AuditEvent[]>
  /** Reads what the account has grown by since. Many calls at once make one read, and one more for those that came during it. */
  refresh(): Promise<void>
  /**
   * Calls back, until the returned function is called, whenever the head has moved.
   * @param isCaughtUp whether this follower has taken all up to the head, and waits
   */
  onGrowth(callback: () => void, isCaughtUp: () => boolean): () => void
  /** Whether all who follow have taken all up to the head. */
  areCaughtUp(): boolean
  followers(): number
}

/** @param head where the history ends at this moment: the tail begins there */
export function createTail(db: Database, accountId: string, start: Sequence): Tail {
  let head = start
  let kept: AuditEvent[] = []
  let reading: Promise<void> | null = null
  let again = false
  const callbacks = new Map<() => void, () => boolean>()

  const readPage = async (sequence: Sequence) =>
    readAccount(db, accountId, async (tx) => {
      const rows = await tx
        .select({ record: auditEvents.record, hash: auditEvents.hash })
        .from(auditEvents)
        .where(and(eq(auditEvents.accountId, accountId), gt(auditEvents.sequence, sequence)))
        .orderBy(asc(auditEvents.sequence))
        .limit(PAGE)
      return rows.map(readRecord)
    })

  const readOn = async () => {
    try {
      do {
        again = false
        const page = await readPage(head)
        kept = [...kept, ...page].slice(-KEPT_EVENTS)
        head = page.at(-1)?.sequence ?? head
        if (page.length > 0) for (const callback of callbacks.keys()) callback()
        again ||= page.length === PAGE
      } while (again)
    } finally {
      reading = null // in the same turn: a refresh() after the last look at `again` has to start a read of its own
    }
  }

  return {
    head: () => head,
    recent(sequence) {
      if (sequence >= head) return []
      const oldest = kept[0]?.sequence ?? head + 1
      return sequence + 1 >= oldest ? kept.slice(sequence + 1 - oldest) : null
    },
    async read(sequence) {
      const page = await readPage(sequence)
      return page.filter((event) => event.sequence <= head)
    },
    refresh() {
      if (reading) again = true
      else reading = readOn()
      return reading
    },
    onGrowth(callback, isCaughtUp) {
      callbacks.set(callback, isCaughtUp)
      return () => callbacks.delete(callback)
    },
    areCaughtUp: () => callbacks.values().every((isCaughtUp) => isCaughtUp()),
    followers: () => callbacks.size,
  }
}
