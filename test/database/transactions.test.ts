import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { createApp } from '../../src/apps/index.ts'
import { recordEvent } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import {
  type Database,
  DatabaseUnavailable,
  databaseNow,
  inAccount,
  inSystem,
  readAccount,
  rows,
} from '../../src/database/index.ts'
import { allEvents, describe, expect, newAccount, peek, read, test } from '../support/index.ts'

const rename = (id: string, name: string) => sql`update apps set name = ${name} where id = ${id}::uuid returning name`
const namesOf = async (db: Database, { accountId }: Caller) =>
  (await peek(db, sql`select name from apps where account_id = ${accountId}::uuid order by name`)).map(
    ({ name }) => name,
  )
const broken = sql`select 1 / 0`

test('an error in the middle undoes all of it, and leaves nothing on the connection', async ({ db, owner, app }) => {
  const failing = inAccount(db, owner.accountId, async (tx) => {
    await rows(tx, rename(app.app.id, 'Renamed'))
    await rows(tx, broken)
  })
  await expect(failing).rejects.toMatchObject({ cause: { code: '22012' } })
  expect(await namesOf(db, owner)).toEqual(['Billing'])
  expect(await rows(db, sql`select current_user::text as role`)).toEqual([{ role: 'chatelaine_gateway' }])
})

test('an error that its work does not mind fails it all the same: nothing half done is called done', async ({
  db,
  owner,
  app,
}) => {
  const careless = inAccount(db, owner.accountId, async (tx) => {
    await rows(tx, rename(app.app.id, 'Renamed'))
    await rows(tx, broken).catch(() => {})
    return 'done'
  })
  await expect(careless).rejects.toMatchObject({ code: expect.stringMatching(/22012|25P02/) })
  expect(await namesOf(db, owner)).toEqual(['Billing'])
})

test('a transaction within one is undone alone, and keeps the account', async ({ db, owner, app }) => {
  await inAccount(db, owner.accountId, async (tx) => {
    await rows(tx, rename(app.app.id, 'Kept'))
    const within = tx.transaction(async (inner) => {
      expect(await rows(inner, rename(app.app.id, 'Undone'))).toEqual([{ name: 'Undone' }])
      await inner.transaction(async (innermost) => rows(innermost, broken))
    })
    await expect(within).rejects.toMatchObject({ cause: { code: '22012' } })
    expect(await rows(tx, sql`select name from apps`)).toEqual([{ name: 'Kept' }])
    await tx.transaction((inner) => rows(inner, rename(app.app.id, 'Kept too')))
  })
  expect(await namesOf(db, owner)).toEqual(['Kept too'])
})

test('what its work does after its end is refused, and reaches no other transaction', async ({ db, owner, app }) => {
  const left: Database[] = []
  await inAccount(db, owner.accountId, async (tx) => void left.push(tx))
  await inSystem(db, async (tx) => void left.push(tx)).catch(() => {})
  await inAccount(db, owner.accountId, async (tx) => {
    left.push(tx)
    throw new Error('on purpose')
  }).catch(() => {})
  for (const tx of left)
    await expect(rows(tx, rename(app.app.id, 'Late'))).rejects.toMatchObject({
      cause: new Error('The transaction is over.'),
    })
  expect(await namesOf(db, owner)).toEqual(['Billing'])
})

test('queries of one transaction at once, and transactions of many accounts at once, keep to their own', {
  timeout: 60_000,
}, async ({ db }) => {
  const account = sql`select current_setting('chatelaine.account') as account, pg_sleep(0.001)::text`
  const accounts = await Promise.all(Array.from({ length: 20 }, () => newAccount(db)))
  const many = Array.from({ length: 100 }, (_, index) => accounts[index % accounts.length]?.accountId ?? '')
  await Promise.all(
    many.map(async (accountId, index) => {
      const within = index % 3 === 0 ? inAccount : readAccount
      const seen = await within(db, accountId, async (tx) => {
        const one = await Promise.all([rows(tx, account), rows(tx, account)])
        if (index % 7 === 0) throw new Error('on purpose')
        return [...one.flat(), ...(await rows(tx, account))]
      }).catch((error: Error) => error.message)
      if (index % 7 === 0) expect(seen).toBe('on purpose')
      else expect(seen).toEqual(Array(3).fill(expect.objectContaining({ account: accountId })))
    }),
  )
})

test('an account is opened from the database alone, never within a transaction', async ({ db, owner }) => {
  const nested = inAccount(db, owner.accountId, (tx) => inAccount(tx, owner.accountId, async () => 'within'))
  await expect(nested).rejects.toThrow('A transaction opens no account')
})

test.runIf(inject('engine') === 'pglite')(
  'who waits for the one connection inside a transaction of it is told so in the end, and it goes on',
  async ({ db, owner, app }) => {
    const waiting = inAccount(db, owner.accountId, async (tx) => {
      await rows(tx, rename(app.app.id, 'Undone'))
      return rows(db, sql`select 1 as one`) // not of `tx`: it can only come after the transaction
    })
    await expect(waiting).rejects.toThrow(DatabaseUnavailable)
    expect(await namesOf(db, owner)).toEqual(['Billing'])
  },
)

describe.runIf(inject('engine') === 'postgres')('two transactions that wait for each other', () => {
  test('both succeed in the end, each with one event', async ({ db, owner, app, instance }) => {
    const other = await createApp(db, owner, { name: 'Other', scopes: [] }, instance)
    if (!other.ok) throw new Error('The app was not made.')
    const ids = [app.app.id, other.value.app.id]
    const before = (await allEvents(db, owner)).length

    let tries = 0
    const { promise: bothThere, resolve } = Promise.withResolvers<void>()
    const renameBoth = (name: string, inOrder: string[]) =>
      inAccount(db, owner.accountId, async (tx) => {
        const [first = '', second = ''] = inOrder
        await rows(tx, rename(first, name))
        tries += 1
        if (tries === 2) resolve()
        await bothThere // each has what the other wants next
        await rows(tx, rename(second, name))
        const resource = { type: 'App', id: first, name } as const
        await recordEvent(tx, owner, await databaseNow(tx), { type: 'APP_UPDATED', resource, appId: first })
        return name
      })
    const done = await Promise.all([renameBoth('Forwards', ids), renameBoth('Backwards', ids.toReversed())])
    expect(done).toEqual(['Forwards', 'Backwards'])
    expect(tries).toBeGreaterThan(2) // the server ended one (40P01), and that one was tried again until it went through
    expect(new Set(await namesOf(db, owner)).size).toBe(1)
    expect((await allEvents(db, owner)).length).toBe(before + 2)
  })

  test('a reading one is not tried again', async ({ db, owner }) => {
    let tries = 0
    const reading = read(db, owner, async (tx) => {
      tries += 1
      await rows(tx, sql`do $$ begin raise exception 'on purpose' using errcode = '40001'; end $$`)
    })
    await expect(reading).rejects.toMatchObject({ cause: { code: '40001' } })
    expect(tries).toBe(1)
  })

  test('is given up where it never ends', async ({ db, owner }) => {
    let tries = 0
    const hopeless = inAccount(db, owner.accountId, async (tx) => {
      tries += 1
      await rows(tx, sql`do $$ begin raise exception 'on purpose' using errcode = '40P01'; end $$`)
    })
    await expect(hopeless).rejects.toMatchObject({ name: 'DatabaseUnavailable' })
    expect(tries).toBe(4)
  })
})
