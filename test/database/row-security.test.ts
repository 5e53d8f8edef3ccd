import { sql } from 'drizzle-orm'
import { createApp } from '../../src/apps/index.ts'
import { inAccount, rows } from '../../src/database/index.ts'
import { expect, newAccount, peek, test } from '../support/index.ts'

const everyApp = sql`select id from apps`

test('between transactions the gateway may read no table', async ({ db, app }) => {
  expect(app.app.name).toBe('Billing')
  await expect(rows(db, everyApp)).rejects.toMatchObject({ cause: { code: '42501' } })
  await expect(rows(db, sql`select id from keys`)).rejects.toMatchObject({ cause: { code: '42501' } })
})

test('a member without an account sees no row', async ({ db, app }) => {
  const seen = await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('role', 'chatelaine_member', true)`)
    return rows(tx, everyApp)
  })
  expect(seen).toEqual([])
  expect(await peek(db, sql`select id from apps where id = ${app.app.id}::uuid`)).toEqual([{ id: app.app.id }])
})

test('a query that forgets the account still sees the rows of its own alone', async ({ db, app, owner, instance }) => {
  const stranger = await newAccount(db, 'Stranger')
  const theirs = await createApp(db, stranger, { name: 'Theirs', scopes: [] }, instance)
  if (!theirs.ok) throw new Error('The app was not made.')

  expect(await inAccount(db, owner.accountId, (tx) => rows(tx, everyApp))).toEqual([{ id: app.app.id }])
  expect(await inAccount(db, stranger.accountId, (tx) => rows(tx, everyApp))).toEqual([{ id: theirs.value.app.id }])
})

test("a row cannot be moved into another account, nor another account's changed", async ({ db, app, owner }) => {
  const stranger = await newAccount(db, 'Stranger')
  const move = inAccount(db, owner.accountId, (tx) =>
    rows(tx, sql`update apps set account_id = ${stranger.accountId}::uuid returning id`),
  )
  await expect(move).rejects.toMatchObject({ cause: { code: '42501' } })
  const change = sql`update apps set name = 'Stolen' where id = ${app.app.id}::uuid returning id`
  expect(await inAccount(db, stranger.accountId, (tx) => rows(tx, change))).toEqual([])
  expect(await peek(db, sql`select name from apps where id = ${app.app.id}::uuid`)).toEqual([{ name: 'Billing' }])
})

test('role and account are gone after the transaction, after a failed one too', async ({ db, owner }) => {
  const failing = inAccount(db, owner.accountId, async () => {
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  const settings = sql`select current_user::text as role, nullif(current_setting('chatelaine.account', true), '') as account`
  expect(await rows(db, settings)).toEqual([{ role: 'chatelaine_gateway', account: null }])
})
