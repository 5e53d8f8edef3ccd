import { sql } from 'drizzle-orm'
import { findApps, type UpdateApp, updateApp } from '../../src/apps/index.ts'
import { apps, inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, memberOf, newAccount, read, test } from '../support/index.ts'

const listServices = '/twilio/messaging/services/list'
const createServices = '/twilio/messaging/services/create'

test('what is given changes, in app and event; the rest stays', async ({ db, owner, app: { app }, instance }) => {
  const input: UpdateApp = { id: app.id, name: ' Bills ', scopes: [listServices], status: 'DISABLED' }
  const result = await updateApp(db, owner, input, instance.catalogue)
  if (!result.ok) throw new Error('The app was not updated.')
  const updatedAt = result.value.updatedAt
  expect(result.value).toEqual({ ...app, name: 'Bills', scopes: [listServices], status: 'DISABLED', updatedAt })
  expect(updatedAt.getTime()).toBeGreaterThan(app.updatedAt.getTime())
  expect(await read(db, owner, (tx) => findApps(tx, owner, [app.id]))).toEqual([result.value])

  const [, event] = await allEvents(db, owner)
  expect(event).toMatchObject({ type: 'APP_UPDATED', appId: app.id, resourceId: app.id, resourceName: 'Bills' })
  expect(event?.changes).toEqual([
    { field: 'name', before: 'Billing', after: 'Bills' },
    { field: 'scopes', before: [], after: [listServices] },
    { field: 'status', before: 'ACTIVE', after: 'DISABLED' },
  ])
})

test('changes are told in the order of the documentation, whatever the order of the input', async ({
  db,
  owner,
  app: { app },
  instance,
}) => {
  const input: UpdateApp = {
    status: 'DISABLED',
    scopes: [listServices],
    tokenLifetime: 60,
    description: 'd',
    name: 'n',
    id: app.id,
  }
  await updateApp(db, owner, input, instance.catalogue)
  const [, event] = await allEvents(db, owner)
  expect(event?.changes.map(({ field, before, after }) => [field, before, after])).toEqual([
    ['name', 'Billing', 'n'],
    ['description', null, 'd'],
    ['tokenLifetime', 'PT1H', 'PT1M'],
    ['scopes', [], [listServices]],
    ['status', 'ACTIVE', 'DISABLED'],
  ])
})

describe('a null or blank description clears it', () => {
  test.for([[null], [''], [' \n']])('%j', async ([description], { db, owner, app: { app }, instance }) => {
    await updateApp(db, owner, { id: app.id, description: 'Bills' }, instance.catalogue)
    const cleared = await updateApp(db, owner, { id: app.id, description }, instance.catalogue)
    expect(cleared).toMatchObject({ ok: true, value: { description: null } })
    const events = await allEvents(db, owner)
    expect(events.at(-1)?.changes).toEqual([{ field: 'description', before: 'Bills', after: null }])
  })
})

test('an update that changes nothing writes nothing: no time, no event', async ({ db, owner, app, instance }) => {
  const scopes = [listServices, createServices]
  const first = await updateApp(db, owner, { id: app.app.id, scopes }, instance.catalogue)
  if (!first.ok) throw new Error('The app was not updated.')
  const before = await allEvents(db, owner)
  const { id, name, description, tokenLifetime, status, updatedAt } = first.value
  const same: UpdateApp[] = [
    { id },
    { id, name, description, tokenLifetime, status, scopes, ifUpdatedAt: updatedAt },
    { id, scopes: scopes.toReversed() }, // the order of scopes means nothing
    { id, name: ` ${name} `, description: ' ' },
  ]
  for (const input of same)
    expect(await updateApp(db, owner, input, instance.catalogue)).toEqual({ ok: true, value: first.value })
  expect(await allEvents(db, owner)).toEqual(before)
})

test('updatedAt grows by a millisecond even where the clock stands before it', async ({ db, owner, app, instance }) => {
  const ahead = new Date(Date.now() + 3_600_000)
  await inSystem(db, (tx) => tx.update(apps).set({ updatedAt: ahead }).where(sql`id = ${app.app.id}::uuid`))
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const result = await updateApp(db, owner, { id: app.app.id, name }, instance.catalogue)
    expect(result).toMatchObject({ ok: true, value: { updatedAt: new Date(ahead.getTime() + index + 1) } })
  }
})

test('ifUpdatedAt lets the first of two through; CONFLICT brings the other the app as it is', async ({
  db,
  owner,
  app: { app },
  instance,
}) => {
  const ifUpdatedAt = app.updatedAt
  const first = await updateApp(db, owner, { id: app.id, name: 'First', ifUpdatedAt }, instance.catalogue)
  if (!first.ok) throw new Error('The app was not updated.')
  const before = await allEvents(db, owner)
  expect(await updateApp(db, owner, { id: app.id, name: 'Second', ifUpdatedAt }, instance.catalogue)).toEqual({
    ok: false,
    errors: [
      {
        path: ['ifUpdatedAt'],
        code: 'CONFLICT',
        message: `The app was changed at ${first.value.updatedAt.toISOString()}.`,
      },
    ],
    found: first.value,
  })
  expect(await allEvents(db, owner)).toEqual(before)
  expect(await read(db, owner, (tx) => findApps(tx, owner, [app.id]))).toEqual([first.value])
})

test('a scope gone from the catalogue may stay, may leave, and may not come back', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const { id } = app.app
  const gone = '/twilio/fax/faxes/list'
  await inSystem(db, (tx) =>
    tx
      .update(apps)
      .set({ scopes: [gone] })
      .where(sql`id = ${id}::uuid`),
  )
  const update = (scopes: string[]) => updateApp(db, owner, { id, scopes }, instance.catalogue)
  expect(await update([listServices, gone])).toMatchObject({ ok: true, value: { scopes: [listServices, gone] } })
  expect(await update([listServices])).toMatchObject({ ok: true, value: { scopes: [listServices] } })
  expect(await update([gone])).toMatchObject({ ok: false, errors: [{ path: ['scopes', '0'], code: 'UNKNOWN_SCOPE' }] })
})

describe('refused, and nothing is written', () => {
  const mistakes: [string, Omit<UpdateApp, 'id'>, string[]][] = [
    [
      'null where something must be',
      { name: null, tokenLifetime: null, scopes: null, status: null },
      ['REQUIRED name', 'REQUIRED tokenLifetime', 'REQUIRED scopes', 'REQUIRED status'],
    ],
    ['a blank name', { name: ' ' }, ['TOO_SHORT name']],
    [
      'all at once',
      { name: 'a\tb', description: 'x'.repeat(1001), tokenLifetime: 59, scopes: ['/x', '/x'], status: null },
      ['REQUIRED status', 'INVALID_FORMAT name', 'TOO_LONG description', 'OUT_OF_RANGE tokenLifetime'].concat([
        'UNKNOWN_SCOPE scopes 0',
        'DUPLICATE scopes 1',
      ]),
    ],
  ]
  test.for(mistakes)('%s', async ([, input, codes], { db, owner, app, instance }) => {
    const result = await updateApp(db, owner, { ...input, id: app.app.id }, instance.catalogue)
    expect(result.ok ? [] : result.errors.map(({ path, code }) => [code, ...path].join(' '))).toEqual(codes)
    expect(await read(db, owner, (tx) => findApps(tx, owner, [app.app.id]))).toEqual([app.app])
    expect(await allEvents(db, owner)).toHaveLength(1)
  })

  test("NOT_FOUND for another account's app, FORBIDDEN for an auditor", async ({ db, owner, app, instance }) => {
    const input = { id: app.app.id, name: 'Stolen' }
    const stranger = await newAccount(db)
    expect(await updateApp(db, stranger, input, instance.catalogue)).toEqual({
      ok: false,
      errors: [{ path: ['id'], code: 'NOT_FOUND', message: 'There is no such app in this account.' }],
    })
    const auditor = await memberOf(db, owner, 'AUDITOR')
    await expect(updateApp(db, auditor, input, instance.catalogue)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await read(db, owner, (tx) => findApps(tx, owner, [app.app.id]))).toEqual([app.app])
    expect(await allEvents(db, stranger)).toEqual([])
  })
})
