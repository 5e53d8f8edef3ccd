import { randomUUIDv7 } from 'node:crypto'
import {
  deleteApp,
  findAppByClientId,
  findApps,
  findAppsEver,
  findSecrets,
  listSecrets,
  rotateSecret,
  updateApp,
} from '../../src/apps/index.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'

test('a deleted app is gone for every look-up but the history', async ({ db, app: { app, secret }, owner }) => {
  expect(await deleteApp(db, owner, { id: app.id })).toEqual({ ok: true, value: app.id })
  const event = (await allEvents(db, owner)).at(-1)
  expect(event).toMatchObject({ type: 'APP_DELETED', appId: app.id, resourceName: 'Billing', changes: [] })

  const seen = await read(db, owner, async (tx) => ({
    byId: await findApps(tx, owner, [app.id]),
    byClientId: await findAppByClientId(tx, owner, app.clientId),
    secrets: await listSecrets(tx, owner, [app.id]),
    secret: await findSecrets(tx, owner, [secret.id]),
    ever: await findAppsEver(tx, owner, [app.id], 'audit/read'),
  }))
  const ever = [{ ...app, deletedAt: event?.occurredAt }]
  expect(seen).toEqual({ byId: [null], byClientId: null, secrets: [[]], secret: [null], ever })
})

test('all live secrets end with it, as ended early', async ({ db, app, owner, instance }) => {
  await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
  await deleteApp(db, owner, { id: app.app.id })
  const ended = `select revoked_at = expires_at as ended, expires_at <= clock_timestamp() as past
    from secrets where app_id = '${app.app.id}'`
  expect(await peek(db, ended)).toEqual([
    { ended: true, past: true },
    { ended: true, past: true },
  ])
})

test('NOT_FOUND for every mutation afterwards, and nothing is written', async ({
  db,
  app: { app },
  owner,
  instance,
}) => {
  await deleteApp(db, owner, { id: app.id })
  const before = await allEvents(db, owner)
  const refused = (path: string) => ({
    ok: false,
    errors: [{ path: [path], code: 'NOT_FOUND', message: 'There is no such app in this account.' }],
  })
  expect(await deleteApp(db, owner, { id: app.id })).toEqual(refused('id'))
  expect(await updateApp(db, owner, { id: app.id, name: 'x' }, instance.catalogue)).toEqual(refused('id'))
  expect(await rotateSecret(db, owner, { appId: app.id, gracePeriod: 0 }, instance)).toEqual(refused('appId'))
  expect(await allEvents(db, owner)).toEqual(before)
})

test("unknown and another account's: NOT_FOUND; an auditor: FORBIDDEN; the app stays", async ({ db, app, owner }) => {
  const [stranger, auditor] = [await newAccount(db), await memberOf(db, owner, 'AUDITOR')]
  const notFound = { ok: false, errors: [{ path: ['id'], code: 'NOT_FOUND' }] }
  expect(await deleteApp(db, owner, { id: randomUUIDv7() })).toMatchObject(notFound)
  expect(await deleteApp(db, stranger, { id: app.app.id })).toMatchObject(notFound)
  await expect(deleteApp(db, auditor, { id: app.app.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await read(db, owner, (tx) => findApps(tx, owner, [app.app.id]))).toEqual([app.app])
  expect(await allEvents(db, owner)).toHaveLength(1)
})

test('a disabled app may be rotated, changed, enabled and deleted', async ({ db, app: { app }, owner, instance }) => {
  const update = (status: 'ACTIVE' | 'DISABLED') => updateApp(db, owner, { id: app.id, status }, instance.catalogue)
  expect(await update('DISABLED')).toMatchObject({ ok: true, value: { status: 'DISABLED' } })
  const rotation = await rotateSecret(db, owner, { appId: app.id, gracePeriod: 0 }, instance)
  expect(rotation).toMatchObject({ ok: true, value: { app: { status: 'DISABLED' } } })
  expect(await update('ACTIVE')).toMatchObject({ ok: true, value: { status: 'ACTIVE' } })
  expect(await update('DISABLED')).toMatchObject({ ok: true })
  expect(await deleteApp(db, owner, { id: app.id })).toEqual({ ok: true, value: app.id })
})
