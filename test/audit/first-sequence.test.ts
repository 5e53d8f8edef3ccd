import { sql } from 'drizzle-orm'
import { findEvents, firstSequenceOf } from '../../src/audit/index.ts'
import { inAccount, inRetention, inSealer, inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, newAccount, peek, read, test } from '../support/index.ts'
import { writeEvents } from './write-events.ts'

const denied = { cause: { code: '42501' } }

test('what is below the cut is gone at once, for every reader of the account, and history goes on', async ({
  db,
  owner,
}) => {
  const other = await newAccount(db)
  await writeEvents(db, owner, 5)
  await writeEvents(db, other, 2)
  const [first] = await allEvents(db, owner)
  expect(await read(db, owner, (tx) => firstSequenceOf(tx, owner.accountId))).toBe(1)
  await inSystem(db, (tx) =>
    tx.execute(sql`update audit_heads set trimmed = 3 where account_id = ${owner.accountId}::uuid`),
  )
  expect(await read(db, owner, (tx) => firstSequenceOf(tx, owner.accountId))).toBe(4)
  expect((await allEvents(db, owner)).map(({ sequence }) => sequence)).toEqual([4, 5])
  expect(await read(db, owner, (tx) => findEvents(tx, owner, [first?.id ?? '']))).toEqual([null])
  expect(await writeEvents(db, owner)).toEqual([6])
  expect((await allEvents(db, other)).map(({ sequence }) => sequence)).toEqual([1, 2])
})

describe('the retention role', () => {
  test('deletes events and checkpoints below the cut, and no other', async ({ db, owner }) => {
    const account = sql`account_id = ${owner.accountId}::uuid`
    await writeEvents(db, owner, 5)
    await inSealer(db, async (tx) => {
      for (const size of [2, 3, 5])
        await tx.execute(sql`insert into audit_checkpoints values (${owner.accountId}::uuid, ${size}, '', now(), '')`)
    })
    await inSystem(db, (tx) => tx.execute(sql`update audit_heads set trimmed = 3 where ${account}`))
    await inRetention(db, async (tx) => {
      await tx.execute(sql`delete from audit_events where ${account}`)
      await tx.execute(sql`delete from audit_checkpoints where ${account}`)
    })
    const stored = (column: string, table: string) =>
      peek(db, `select ${column}::int as at from ${table} where account_id = '${owner.accountId}' order by 1`)
    expect(await stored('sequence', 'audit_events')).toEqual([{ at: 4 }, { at: 5 }])
    expect(await stored('size', 'audit_checkpoints')).toEqual([{ at: 3 }, { at: 5 }])
  })

  const statements = [
    `update audit_events set sequence = 9`,
    `insert into audit_events (account_id) values (null)`,
    'truncate audit_events',
    'select record from audit_events',
    'update audit_heads set trimmed = 9',
    'delete from audit_heads',
    'delete from audit_nodes',
    'delete from audit_keys',
    'update audit_checkpoints set size = 9',
    'truncate audit_checkpoints',
    'select * from apps',
    'select * from keys',
  ]
  test.for(statements)('may not: %s', async (statement, { db }) => {
    await expect(inRetention(db, (tx) => tx.execute(sql.raw(statement)))).rejects.toMatchObject(denied)
  })
})

describe('neither a member nor the system may', () => {
  const statements = ['audit_events', 'audit_nodes', 'audit_checkpoints', 'audit_keys'].flatMap((table) => [
    `update ${table} set ${table === 'audit_keys' ? 'since = since' : 'account_id = account_id'}`,
    `delete from ${table}`,
    `truncate ${table}`,
  ])
  test.for(statements)('%s', async (statement, { db, owner }) => {
    await expect(inSystem(db, (tx) => tx.execute(sql.raw(statement)))).rejects.toMatchObject(denied)
    await expect(inAccount(db, owner.accountId, (tx) => tx.execute(sql.raw(statement)))).rejects.toMatchObject(denied)
  })
})
