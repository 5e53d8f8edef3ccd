import { beforeEach } from 'vitest'
import { deleteBelowCuts, firstSequenceOf, moveCut, moveCuts, verifyHistory } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, expect, newAccount, peek, read, test } from '../support/index.ts'
import { asSuperuser, startSealer, withoutAuditKeys } from './sealing.ts'
import { writeEvents } from './write-events.ts'

const DAY = 86_400

beforeEach<{ db: Database }>(async ({ db }) => {
  await withoutAuditKeys(db)
  await asSuperuser(db, 'delete from audit_nodes; delete from audit_checkpoints')
})

/** As if so many days had passed since all that there is. Only the copies for searching are moved: retention reads those. */
const daysLater = (db: Database, { accountId }: Caller, days: number) =>
  asSuperuser(
    db,
    `update audit_events set occurred_at = occurred_at - interval '${days} days' where account_id = '${accountId}'`,
  )
const first = (db: Database, owner: Caller) => read(db, owner, (tx) => firstSequenceOf(tx, owner.accountId))
const stored = async (db: Database, { accountId }: Caller, column: string, table: string) => {
  const found = await peek<{ at: number }>(
    db,
    `select ${column}::int as at from ${table} where account_id = '${accountId}' order by 1`,
  )
  return found.map(({ at }) => at)
}

test('what is sealed and past its retention goes, with an event that says so, and what remains still proves', async ({
  db,
  owner,
}) => {
  await using sealer = await startSealer(db)
  await writeEvents(db, owner, 3)
  await sealer.sealNow(owner.accountId)
  await writeEvents(db, owner, 3)
  await sealer.sealNow(owner.accountId)
  await daysLater(db, owner, 2)
  await writeEvents(db, owner, 2)
  await sealer.sealNow(owner.accountId)

  expect(await moveCut(db, owner.accountId, 3 * DAY)).toBeNull()
  expect(await moveCut(db, owner.accountId, DAY)).toBe(7)
  expect(await first(db, owner)).toBe(7)
  const kept = await allEvents(db, owner)
  expect(kept.map(({ sequence }) => sequence)).toEqual([7, 8, 9])
  expect(kept.at(-1)).toMatchObject({
    type: 'AUDIT_TRIMMED',
    actor: { type: 'SYSTEM' },
    source: 'SYSTEM',
    resourceType: 'Account',
    changes: [{ field: 'firstSequence', before: 1, after: 7 }],
  })
  expect(await stored(db, owner, 'sequence', 'audit_events')).toHaveLength(9)
  expect(await deleteBelowCuts(db)).toBe(6)
  expect(await stored(db, owner, 'sequence', 'audit_events')).toEqual([7, 8, 9])
  expect(await stored(db, owner, 'size', 'audit_checkpoints')).toEqual([6, 8])
  expect(await deleteBelowCuts(db)).toBe(0)

  await writeEvents(db, owner)
  await sealer.sealNow(owner.accountId)
  expect(await sealer.problem(owner)).toBeNull()
  expect(await read(db, owner, (tx) => verifyHistory(tx, owner, 0, 100))).toMatchObject({ checked: 4, complete: true })
  const leaves = `select count(*)::int as leaves from audit_nodes where account_id = '${owner.accountId}' and level = 0`
  expect(await peek(db, leaves)).toEqual([{ leaves: 10 }]) // nodes stay, level 0 included
})

test('what is not sealed stays, and so does a history that does not extend what was signed', async ({ db, owner }) => {
  await using sealer = await startSealer(db)
  await writeEvents(db, owner, 2)
  await daysLater(db, owner, 2)
  expect(await moveCut(db, owner.accountId, DAY)).toBeNull()
  await sealer.sealNow(owner.accountId)
  await asSuperuser(db, `update audit_seals set problem = 'edited: on purpose' where account_id = '${owner.accountId}'`)
  expect(await moveCut(db, owner.accountId, DAY)).toBeNull()
  await asSuperuser(db, `update audit_seals set problem = null where account_id = '${owner.accountId}'`)
  expect(await moveCut(db, owner.accountId, DAY)).toBe(3)
})

test('the cut moves once a day, and not where nothing but AUDIT_TRIMMED would go', async ({ db, owner }) => {
  await using sealer = await startSealer(db)
  await writeEvents(db, owner, 2)
  await daysLater(db, owner, 3)
  await writeEvents(db, owner, 1)
  await sealer.sealNow(owner.accountId)
  expect(await moveCut(db, owner.accountId, 2 * DAY)).toBe(3)
  await sealer.sealNow(owner.accountId)
  await asSuperuser(
    db,
    `update audit_events set occurred_at = occurred_at - interval '5 days'
      where account_id = '${owner.accountId}' and sequence = 3`,
  )
  expect(await moveCut(db, owner.accountId, DAY)).toBeNull() // it moved a moment ago
  await daysLater(db, owner, 2)
  expect(await moveCut(db, owner.accountId, 3 * DAY)).toBe(4)
  await sealer.sealNow(owner.accountId)
  await daysLater(db, owner, 10)
  const before = await stored(db, owner, 'sequence', 'audit_events')
  // Both AUDIT_TRIMMED are past their time, and nothing else is left.
  expect(await moveCut(db, owner.accountId, DAY)).toBeNull()
  expect([await first(db, owner), await stored(db, owner, 'sequence', 'audit_events')]).toEqual([4, before])
})

test('every account has its own cut, and two gateways at once move it once', async ({ db, owner }) => {
  await using sealer = await startSealer(db)
  const [other, young] = [await newAccount(db), await newAccount(db)]
  for (const each of [owner, other, young]) {
    await writeEvents(db, each, 2)
    await sealer.sealNow(each.accountId)
    if (each !== young) await daysLater(db, each, 2)
  }
  const moved = (await Promise.all([moveCuts(db, DAY), moveCuts(db, DAY)])).flat()
  const ofThese = moved.filter((id) => [owner, other, young].some(({ accountId }) => accountId === id))
  expect(ofThese.toSorted()).toEqual([owner.accountId, other.accountId].toSorted())
  expect([await first(db, owner), await first(db, other), await first(db, young)]).toEqual([3, 3, 1])
})
