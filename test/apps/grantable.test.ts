import { createApp, findApps, listSecrets, rotateSecret, updateApp } from '../../src/apps/index.ts'
import { type Caller, type Permission, permissionsOf } from '../../src/caller.ts'
import { allEvents, describe, expect, memberOf, peek, read, test } from '../support/index.ts'

const listServices = '/twilio/messaging/services/list'
const createServices = '/twilio/messaging/services/create'
const createMembers = '/chatelaine/members/create'

/** The app itself asking: what its token opens bounds it, in all products. */
function asApp(owner: Caller, id: string, scopes: string[]): Caller {
  const own = scopes.filter((scope) => scope.startsWith('/chatelaine/'))
  return {
    ...owner,
    actor: { type: 'APP', id, name: 'Billing' },
    role: null,
    permissions: new Set(own.map((scope) => scope.slice('/chatelaine/'.length) as Permission)),
    scopes,
  }
}

const forbidden = (scope: string) => ({
  name: 'Fault',
  code: 'FORBIDDEN',
  message: `You cannot give away what you do not hold yourself: ${scope}.`,
})

test("a developer gives an app other products' scopes, and of Chatelaine's what developers hold", async ({
  db,
  owner,
  instance,
}) => {
  const developer = await memberOf(db, owner, 'DEVELOPER')
  const held = permissionsOf('DEVELOPER').map((permission) => `/chatelaine/${permission}`)
  const scopes = [...held, '/chatelaine/apps.self/rotate-secret', listServices]
  const made = await createApp(db, developer, { name: 'Ops', scopes }, instance)
  expect(made).toMatchObject({ ok: true, value: { app: { scopes } } })
})

describe('what nobody gives away who does not hold it, on creating, adding and rotating', () => {
  test('to create an app with it is FORBIDDEN', async ({ db, owner, instance }) => {
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const input = { name: 'Ops', scopes: [listServices, createMembers] }
    await expect(createApp(db, developer, input, instance)).rejects.toMatchObject(forbidden(createMembers))
    expect(await peek(db, `select id from apps where account_id = '${owner.accountId}'`)).toEqual([])
    expect(await allEvents(db, owner)).toEqual([])
  })

  test('to add it is FORBIDDEN; to keep it, or take it away, is not', async ({ db, owner, instance }) => {
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const made = await createApp(db, owner, { name: 'Ops', scopes: [createMembers] }, instance)
    if (!made.ok) throw new Error('The app was not made.')
    const { id } = made.value.app
    const kept = [createMembers, listServices]
    const update = (scopes: string[]) => updateApp(db, developer, { id, scopes }, instance.catalogue)
    expect(await update(kept)).toMatchObject({ ok: true, value: { scopes: kept } })
    await expect(update([...kept, '/chatelaine/members/delete'])).rejects.toMatchObject(
      forbidden('/chatelaine/members/delete'),
    )
    expect(await read(db, owner, (tx) => findApps(tx, owner, [id]))).toMatchObject([{ scopes: kept }])
    expect(await update([])).toMatchObject({ ok: true, value: { scopes: [] } })
    await expect(update([createMembers])).rejects.toMatchObject(forbidden(createMembers))
    expect((await allEvents(db, owner)).map(({ type }) => type)).toEqual(['APP_CREATED', 'APP_UPDATED', 'APP_UPDATED'])
  })

  test('to get a secret of an app that holds it is FORBIDDEN', async ({ db, owner, instance }) => {
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const made = await createApp(db, owner, { name: 'Ops', scopes: [createMembers] }, instance)
    if (!made.ok) throw new Error('The app was not made.')
    const { app, secret } = made.value
    const input = { appId: app.id, gracePeriod: 3600 }
    await expect(rotateSecret(db, developer, input, instance)).rejects.toMatchObject(forbidden(createMembers))
    expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.id]))).toEqual([[secret]])
    expect(await allEvents(db, owner)).toHaveLength(1)
  })
})

describe('an app, moreover, gives no scope of any product that its own do not cover', () => {
  const own = ['/chatelaine/apps/create', '/chatelaine/apps/update', '/chatelaine/apps/rotate-secret', listServices]

  test('what it holds it may give', async ({ db, owner, app, instance }) => {
    const self = asApp(owner, app.app.id, own)
    const made = await createApp(db, self, { name: 'Child', scopes: [...own] }, instance)
    expect(made).toMatchObject({ ok: true, value: { app: { createdBy: { type: 'APP', id: app.app.id } } } })
    expect((await allEvents(db, owner)).at(-1)?.actor).toEqual({ type: 'APP', id: app.app.id, name: 'Billing' })
  })

  test('what it does not hold it may not, an unlisted permission of its own kind included', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const self = asApp(owner, app.app.id, own)
    for (const scope of [createServices, '/chatelaine/audit/read', '/chatelaine/apps.self/rotate-secret']) {
      const creating = createApp(db, self, { name: 'Child', scopes: [scope] }, instance)
      await expect(creating).rejects.toMatchObject(forbidden(scope))
      const adding = updateApp(db, self, { id: app.app.id, scopes: [scope] }, instance.catalogue)
      await expect(adding).rejects.toMatchObject(forbidden(scope))
    }
    expect(await allEvents(db, owner)).toHaveLength(1)
  })

  test('nor get a secret of an app that holds more', async ({ db, owner, app, instance }) => {
    const { id } = app.app
    await updateApp(db, owner, { id, scopes: [listServices, createServices] }, instance.catalogue)
    const self = asApp(owner, id, own)
    const rotating = rotateSecret(db, self, { appId: id, gracePeriod: 0 }, instance)
    await expect(rotating).rejects.toMatchObject(forbidden(createServices))
    expect(await read(db, owner, (tx) => listSecrets(tx, owner, [id]))).toEqual([[app.secret]])
  })
})

describe('a wildcard', () => {
  test('of Chatelaine’s own is given by a person who has every permission below it', async ({
    db,
    owner,
    instance,
  }) => {
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const create = (caller: Caller, scope: string) => createApp(db, caller, { name: 'Ops', scopes: [scope] }, instance)
    expect(await create(developer, '/chatelaine/apps/*')).toMatchObject({ ok: true })
    expect(await create(owner, '/chatelaine/*')).toMatchObject({ ok: true })
    for (const scope of ['/chatelaine/*', '/chatelaine/members/*'])
      await expect(create(developer, scope)).rejects.toMatchObject(forbidden(scope))
  })

  test('is given by an app that has it, or a wider one, not by one that has all below it', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const [wide, narrow] = ['/twilio/messaging/*', '/twilio/messaging/services/*']
    const all = instance.catalogue.scopes.map(({ name }) => name).filter((name) => name.startsWith(narrow.slice(0, -1)))
    const create = (held: string[], scope: string) => {
      const self = asApp(owner, app.app.id, ['/chatelaine/apps/create', ...held])
      return createApp(db, self, { name: 'Child', scopes: [scope] }, instance)
    }
    for (const scope of [wide, narrow, listServices]) expect(await create([wide], scope)).toMatchObject({ ok: true })
    await expect(create([narrow], wide)).rejects.toMatchObject(forbidden(wide))
    await expect(create(all, narrow)).rejects.toMatchObject(forbidden(narrow))
    await expect(create([narrow], '/twilio/studio/flows/read')).rejects.toMatchObject(
      forbidden('/twilio/studio/flows/read'),
    )
  })
})
