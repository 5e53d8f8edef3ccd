import { sql } from 'drizzle-orm'
import { createApp, sweepIdempotencyKeys } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inAccount } from '../../src/database/index.ts'
import { expect, newAccount, peek, test } from '../support/index.ts'

/** Records as they stand after a mutation that long ago. */
const remember = (db: Database, { accountId, actor }: Caller, name: string, age: string, count = 1) =>
  inAccount(db, accountId, (tx) =>
    tx.execute(sql`insert into idempotency_keys (account_id, actor_id, mutation, key, input_hash, created_at, sealed_secret)
      select ${accountId}::uuid, ${actor.id}::uuid, 'createApp', ${name}::text || n, 'x', now() - ${age}::interval, 'sealed'
      from generate_series(1, ${count}::integer) n`),
  )
const recordsOf = (db: Database, { accountId }: Caller) =>
  peek<{ key: string; sealed: boolean }>(
    db,
    sql`select key, sealed_secret is not null as sealed from idempotency_keys where account_id = ${accountId}::uuid order by key`,
  )

test('sealed secrets are forgotten after 10 minutes, records after 24 hours, of every account', async ({
  db,
  owner,
  instance,
}) => {
  const other = await newAccount(db)
  await createApp(db, owner, { name: 'Billing', scopes: [], idempotencyKey: 'a new one' }, instance)
  await remember(db, owner, 'b9 minutes-', '9 minutes')
  await remember(db, owner, 'c11 minutes-', '11 minutes')
  await remember(db, owner, 'd23 hours-', '23 hours')
  await remember(db, owner, 'e25 hours-', '25 hours')
  await remember(db, other, 'f25 hours-', '25 hours')
  expect(await sweepIdempotencyKeys(db)).toEqual({ secrets: 4, rows: 2 })
  expect(await recordsOf(db, owner)).toEqual([
    { key: 'a new one', sealed: true },
    { key: 'b9 minutes-1', sealed: true },
    { key: 'c11 minutes-1', sealed: false },
    { key: 'd23 hours-1', sealed: false },
  ])
  expect(await recordsOf(db, other)).toEqual([])
  expect(await sweepIdempotencyKeys(db)).toEqual({ secrets: 0, rows: 0 })
})

test('more than one batch is swept at once, and two sweeps share the work', async ({ db, owner }) => {
  await remember(db, owner, 'key ', '25 hours', 2600)
  const [one, two] = await Promise.all([sweepIdempotencyKeys(db), sweepIdempotencyKeys(db)])
  expect(await recordsOf(db, owner)).toEqual([])
  expect(one.rows + two.rows).toBe(2600)
})
