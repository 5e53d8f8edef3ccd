import {
  type App,
  type AppFilter,
  type AppOrder,
  countApps,
  createApp,
  DEFAULT_APP_ORDER,
  deleteApp,
  findAppByClientId,
  findApps,
  listApps,
  positionOf,
  updateApp,
} from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { describe, expect, memberOf, newAccount, read, type TestInstance, test } from '../support/index.ts'

async function made(db: Database, caller: Caller, names: string[], instance: TestInstance): Promise<App[]> {
  const apps: App[] = []
  for (const name of names) {
    const result = await createApp(db, caller, { name, scopes: [] }, instance)
    if (result.ok) apps.push(result.value.app)
  }
  return apps
}

const listed = async (db: Database, owner: Caller, filter: AppFilter, order: AppOrder = DEFAULT_APP_ORDER) => {
  const page = await read(db, owner, (tx) => listApps(tx, owner, filter, order, { first: 100 }))
  expect(await read(db, owner, (tx) => countApps(tx, owner, filter))).toBe(page.items.length)
  return page.items.map(({ name }) => name)
}

test('newest first, unless said otherwise; names in any case; updates move', async ({ db, owner, instance }) => {
  const [, second] = await made(db, owner, ['beta', 'Alpha', 'ÉCLAIR', 'alpha'], instance)
  await updateApp(db, owner, { id: second?.id ?? '', description: 'changed' }, instance.catalogue)
  expect(await listed(db, owner, {})).toEqual(['alpha', 'ÉCLAIR', 'Alpha', 'beta'])
  expect(await listed(db, owner, {}, { field: 'CREATED_AT', direction: 'ASC' })).toEqual([
    'beta',
    'Alpha',
    'ÉCLAIR',
    'alpha',
  ])
  expect(await listed(db, owner, {}, { field: 'UPDATED_AT', direction: 'DESC' })).toEqual([
    'Alpha',
    'alpha',
    'ÉCLAIR',
    'beta',
  ])
  expect(await listed(db, owner, {}, { field: 'NAME', direction: 'ASC' })).toEqual(['Alpha', 'alpha', 'beta', 'ÉCLAIR'])
})

describe('pages of two, walked from both ends, hold every app once and in order', () => {
  const orders: AppOrder[] = (['CREATED_AT', 'UPDATED_AT', 'NAME'] as const).flatMap((field) => [
    { field, direction: 'ASC' as const },
    { field, direction: 'DESC' as const },
  ])
  test.for(orders)('$field $direction', async (order, { db, owner, instance }) => {
    await made(db, owner, ['b', 'a', 'B', 'a', 'c'], instance) // equal names, and ones equal but for case
    const all = await read(db, owner, (tx) => listApps(tx, owner, {}, order, { first: 100 }))
    expect(all).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    expect(all.items).toHaveLength(5)

    const forwards: App[] = []
    for (let more = true; more; ) {
      const last = forwards.at(-1)
      const after = last && positionOf(last, order)
      const page = await read(db, owner, (tx) => listApps(tx, owner, {}, order, { first: 2, after }))
      expect(page.hasPreviousPage).toBe(after !== undefined)
      forwards.push(...page.items)
      more = page.hasNextPage
    }
    expect(forwards).toEqual(all.items)

    const backwards: App[] = []
    for (let more = true; more; ) {
      const [first] = backwards
      const before = first && positionOf(first, order)
      const page = await read(db, owner, (tx) => listApps(tx, owner, {}, order, { last: 2, before }))
      expect(page.hasNextPage).toBe(before !== undefined)
      backwards.unshift(...page.items)
      more = page.hasPreviousPage
    }
    expect(backwards).toEqual(all.items)
  })
})

test('each filter alone and together; % and _ are letters', async ({ db, owner, instance }) => {
  const [percent, under] = await made(db, owner, ['100%', 'a_b', 'axb'], instance)
  const colleague = await memberOf(db, owner, 'DEVELOPER')
  await made(db, colleague, ['Theirs'], instance)
  const scope = '/twilio/messaging/services/list'
  await updateApp(db, owner, { id: under?.id ?? '', scopes: [scope], status: 'DISABLED' }, instance.catalogue)

  const nothing = { search: null, status: null, scope: null, createdBy: null }
  expect(await listed(db, owner, nothing)).toEqual(['Theirs', 'axb', 'a_b', '100%'])
  expect(await listed(db, owner, { search: '%' })).toEqual(['100%'])
  expect(await listed(db, owner, { search: ' A_B ' })).toEqual(['a_b'])
  expect(await listed(db, owner, { search: percent?.clientId })).toEqual(['100%'])
  expect(await listed(db, owner, { search: percent?.clientId.slice(0, -1) })).toEqual([])
  expect(await listed(db, owner, { status: 'DISABLED' })).toEqual(['a_b'])
  expect(await listed(db, owner, { scope })).toEqual(['a_b'])
  expect(await listed(db, owner, { scope: `${scope}s` })).toEqual([])
  expect(await listed(db, owner, { createdBy: colleague.actor.id })).toEqual(['Theirs'])
  expect(await listed(db, owner, { createdBy: owner.accountId })).toEqual([])
  expect(await listed(db, owner, { search: 'b', status: 'ACTIVE' })).toEqual(['axb'])
})

test("deleted apps and other accounts' are in no list, and found by nobody", async ({
  db,
  app: { app },
  owner,
  instance,
}) => {
  const stranger = await newAccount(db)
  expect(await listed(db, stranger, {})).toEqual([])
  expect(await read(db, stranger, (tx) => findApps(tx, stranger, [app.id]))).toEqual([null])
  expect(await read(db, stranger, (tx) => findAppByClientId(tx, stranger, app.clientId))).toBeNull()
  expect(await read(db, owner, (tx) => findAppByClientId(tx, owner, app.clientId))).toEqual(app)
  const [other] = await made(db, owner, ['Other'], instance)
  expect(
    await read(db, owner, (tx) => findApps(tx, owner, [app.id, stranger.accountId, other?.id ?? '', app.id])),
  ).toEqual([app, null, other, app])
  await deleteApp(db, owner, { id: app.id })
  expect(await listed(db, owner, {})).toEqual(['Other'])
})

test('a page of 0 is empty, of 101 is BAD_USER_INPUT, and a list needs its permission', async ({ db, app, owner }) => {
  expect(app.app.name).toBe('Billing')
  const list = (request: { first?: number; last?: number }, asking = owner) =>
    read(db, owner, (tx) => listApps(tx, asking, {}, DEFAULT_APP_ORDER, request))
  expect(await list({ first: 0 })).toEqual({ items: [], hasNextPage: true, hasPreviousPage: false })
  expect(await list({ last: 0 })).toEqual({ items: [], hasNextPage: false, hasPreviousPage: true })
  await expect(list({ first: 101 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  await expect(list({ first: 1, last: 1 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  const nobody = { ...owner, permissions: new Set<never>() }
  await expect(list({ first: 1 }, nobody)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(read(db, owner, (tx) => countApps(tx, nobody, {}))).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
