import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { inAccount, inSystem, readAccount, rows } from '../../src/database/index.ts'
import { allEvents, describe, expect, newAccount, peek, test } from '../support/index.ts'

const denied = { cause: { code: '42501' } }
const append = (record: { account: string }) => sql`select o_sequence::int as sequence from append_event(
  ${randomUUIDv7()}::uuid, 'SIGNED_IN', null, null, null, clock_timestamp(), false,
  ${`{"accountId":"${record.account}","occurredAt":"`}, '","sequence":', '}')`

describe('a member may not', () => {
  const statements = [
    `update audit_events set record = '{}'`,
    'delete from audit_events',
    'truncate audit_events',
    `insert into audit_events select * from audit_events`,
    'update audit_heads set sequence = 0',
    'update audit_heads set sequence = sequence',
    'delete from audit_heads',
    'truncate audit_heads',
    'truncate apps, secrets',
    'delete from apps',
    'delete from secrets',
    'delete from members',
    'select * from keys',
    'select password_hash from users',
    'update users set email = email',
    'select token_hash from sessions',
    'create table mine (x int)',
    'alter table audit_events disable row level security',
    'drop function append_event',
  ]
  test.for(statements)('%s', async (statement, { db, owner, app }) => {
    const before = await allEvents(db, owner)
    expect(before).toMatchObject([{ appId: app.app.id }])
    const doing = inAccount(db, owner.accountId, (tx) => tx.execute(sql.raw(statement)))
    // 42501: not allowed, or not the owner of it, which says the same.
    await expect(doing).rejects.toMatchObject(denied)
    expect(await allEvents(db, owner)).toEqual(before)
  })
})

describe('nor may the system, across accounts', () => {
  const statements = [
    `update audit_events set record = '{}'`,
    'delete from audit_events',
    'truncate audit_events',
    'delete from audit_heads',
    'truncate audit_heads',
    'delete from apps',
    'delete from secrets',
  ]
  test.for(statements)('%s', async (statement, { db, owner, app }) => {
    const before = await allEvents(db, owner)
    expect(before).toMatchObject([{ appId: app.app.id }])
    await expect(inSystem(db, (tx) => tx.execute(sql.raw(statement)))).rejects.toMatchObject(denied)
    expect(await allEvents(db, owner)).toEqual(before)
  })
})

describe('append_event', () => {
  test('writes into the account of the transaction alone, whatever a record says', async ({ db, owner }) => {
    const other = await newAccount(db)
    const write = inAccount(db, owner.accountId, (tx) => rows(tx, append({ account: other.accountId })))
    expect(await write).toEqual([{ sequence: 1 }])
    expect(
      await peek(
        db,
        `select account_id from audit_events where account_id in
      ('${owner.accountId}', '${other.accountId}')`,
      ),
    ).toEqual([{ account_id: owner.accountId }])
    expect(await allEvents(db, other)).toEqual([])
  })

  test('is refused between transactions, to the system, without an account, and in a reading one', async ({
    db,
    owner,
  }) => {
    const account = owner.accountId
    await expect(rows(db, append({ account }))).rejects.toMatchObject(denied)
    await expect(readAccount(db, account, (tx) => rows(tx, append({ account })))).rejects.toMatchObject({
      cause: { code: '25006' },
    })
    const withoutAccount = db.transaction(async (tx) => {
      await tx.execute(sql`select set_config('role', 'chatelaine_member', true)`)
      return rows(tx, append({ account }))
    })
    await expect(withoutAccount).rejects.toThrow('Failed query')
    expect(await allEvents(db, owner)).toEqual([])
  })

  test('is refused for an account without a counter', async ({ db }) => {
    const account = randomUUIDv7()
    const write = inAccount(db, account, (tx) => rows(tx, append({ account })))
    await expect(write).rejects.toMatchObject({ cause: { code: 'P0002' } })
  })
})

test('the look-ups answer one row for what is known and none for the rest, and nobody else may call them', async ({
  db,
  owner,
  app,
}) => {
  const known = sql`select account_id from find_client(${app.app.clientId}, ${app.secret.id}::uuid, null, false)`
  expect(await rows(db, known)).toEqual([{ account_id: owner.accountId }])
  for (const unknown of ['', '%', app.app.id])
    expect(await rows(db, sql`select * from find_client(${unknown}, ${app.secret.id}::uuid, null, true)`)).toEqual([])
  await expect(inAccount(db, owner.accountId, (tx) => rows(tx, known))).rejects.toMatchObject(denied)
})

test('an account id that is no UUID opens nothing', async ({ db }) => {
  for (const id of ['', `${randomUUIDv7()}'`, randomUUIDv7().toUpperCase()])
    await expect(inAccount(db, id, async () => 'opened')).rejects.toThrow(new TypeError('An account id is a UUID.'))
})
