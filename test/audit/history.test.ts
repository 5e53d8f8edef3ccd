import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { findEvents, headOf, recordEvent } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { connectPostgres, type Database, databaseNow, inAccount, inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, newAccount, peek, read, test } from '../support/index.ts'
import { writeEvents } from './write-events.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const sequencesOf = async (db: Database, caller: Caller) =>
  (await allEvents(db, caller)).map(({ sequence }) => sequence)

test('a history begins at 1, and each account counts for itself [feed 1]', async ({ db, owner }) => {
  const other = await newAccount(db)
  expect(await writeEvents(db, owner, 3)).toEqual([1, 2, 3])
  expect(await writeEvents(db, other, 2)).toEqual([1, 2])
  expect(await writeEvents(db, owner)).toEqual([4])
  expect(await sequencesOf(db, owner)).toEqual([1, 2, 3, 4])
  expect(await sequencesOf(db, other)).toEqual([1, 2])
  expect(await read(db, owner, (tx) => headOf(tx, owner.accountId))).toBe(4)
  expect(await read(db, owner, (tx) => headOf(tx, other.accountId))).toBe(0) // row-level security: it is not there
})

test('a transaction that is rolled back leaves no gap', async ({ db, owner }) => {
  await writeEvents(db, owner)
  const failing = inAccount(db, owner.accountId, async (tx) => {
    const event = { type: 'SIGNED_IN', resource: { type: 'User', id: 'x', name: null } } as const
    expect(await recordEvent(tx, owner, await databaseNow(tx), event)).toBe(2)
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  expect(await writeEvents(db, owner)).toEqual([2])
  expect(await sequencesOf(db, owner)).toEqual([1, 2])
})

test('time never goes back: after an event in the future, its time stands', async ({ db, owner }) => {
  const ahead = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000)
  const toAhead = sql`occurred_at = ${ahead.toISOString()}::timestamptz`
  await inSystem(db, (tx) =>
    tx.execute(sql`update audit_heads set ${toAhead} where account_id = ${owner.accountId}::uuid`),
  )
  await writeEvents(db, owner)
  await writeEvents(db, owner)
  const events = await allEvents(db, owner)
  expect(events.map(({ occurredAt }) => occurredAt)).toEqual([ahead, ahead])
  const heads = `select count(*)::int as heads from audit_heads where account_id = '${owner.accountId}'
    and occurred_at = '${ahead.toISOString()}'`
  expect(await peek(db, heads)).toEqual([{ heads: 1 }])
})

test('events are found by id, in the order asked for; of another account, null', async ({ db, owner }) => {
  const other = await newAccount(db)
  await writeEvents(db, owner, 2)
  await writeEvents(db, other)
  const [[first, second], [theirs]] = [await allEvents(db, owner), await allEvents(db, other)]
  const ids = [second?.id ?? '', theirs?.id ?? '', owner.accountId, first?.id ?? '', second?.id ?? '']
  expect(await read(db, owner, (tx) => findEvents(tx, owner, ids))).toEqual([second, null, null, first, second])
  expect(await read(db, owner, (tx) => findEvents(tx, owner, []))).toEqual([])
  const nobody = { ...owner, permissions: new Set<never>() }
  await expect(read(db, owner, (tx) => findEvents(tx, nobody, ids))).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

describe.runIf(inject('engine') === 'postgres')('twenty writers at once in two accounts', () => {
  test('leave no gap, and sequences and times have commit order', async ({ db, databaseUrl, owner }) => {
    const other = await newAccount(db)
    const pool = connectPostgres(databaseUrl ?? '', { max: 20 })
    const watching = watch(db, [owner, other])
    const answers = await Promise.all(
      upTo(20).map(async (writer) => {
        const caller = writer % 2 ? owner : other
        const written: number[] = []
        for (const size of [1, 3, 2, 1, 3]) written.push(...(await writeEvents(pool.db, caller, size)))
        return { caller, written }
      }),
    )
    await pool.close()
    const seenOnTheWay = await watching.stop()

    for (const caller of [owner, other]) {
      const events = await allEvents(db, caller)
      expect(events.map(({ sequence }) => sequence)).toEqual(upTo(100))
      const times = events.map(({ occurredAt }) => occurredAt.getTime())
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      const told = answers.filter((answer) => answer.caller === caller)
      expect(told.flatMap(({ written }) => written).sort((a, b) => a - b)).toEqual(upTo(100))
      for (const { written } of told) expect(written).toEqual(written.toSorted((a, b) => a - b))
    }
    // Whoever sees an event has seen all before it: at no moment was there a gap.
    for (const sequences of seenOnTheWay) expect(sequences).toEqual(upTo(sequences.length))
    expect(seenOnTheWay.length).toBeGreaterThan(2)
  })
})

/** Reads both histories over and over while others write. */
function watch(db: Database, callers: Caller[]) {
  const seen: number[][] = []
  let stopped = false
  const watching = (async () => {
    while (!stopped) for (const caller of callers) seen.push(await sequencesOf(db, caller))
  })()
  return {
    async stop() {
      stopped = true
      await watching
      return seen
    },
  }
}
