import { authenticateClient, deleteApp, revokeSecret, setSecretEnabled } from '../../src/apps/index.ts'
import { allEvents, expect, memberOf, newAccount, test } from '../support/index.ts'
import { authenticated, letPass, rotated, secretsOf } from './secret-life.ts'

test('switched off it opens nothing, switched on again it does, and its end stays', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const appId = app.app.id
  const { secret, previousSecretExpiresAt } = await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  const authenticate = () => authenticateClient(db, instance, app.app.clientId, app.clientSecret)
  expect(await setSecretEnabled(db, owner, { id: app.secret.id, enabled: false })).toEqual({ ok: true, value: app.app })
  expect(await authenticate()).toBeNull()
  expect(await secretsOf(db, owner, appId)).toMatchObject([
    { id: secret.id, status: 'CURRENT' },
    { id: app.secret.id, status: 'DISABLED', current: false, expiresAt: previousSecretExpiresAt },
  ])
  await setSecretEnabled(db, owner, { id: app.secret.id, enabled: true })
  expect(await authenticate()).not.toBeNull()
  const told = { secretId: app.secret.id, secretHint: app.secret.hint, secretExpiresAt: previousSecretExpiresAt }
  expect((await allEvents(db, owner)).slice(-2)).toMatchObject([
    { type: 'SECRET_DISABLED', ...told, changes: [{ field: 'enabled', before: true, after: false }] },
    { type: 'SECRET_ENABLED', ...told, changes: [{ field: 'enabled', before: false, after: true }] },
  ])
})

test('the current one too; it stays the one that a rotation replaces', async ({ db, owner, app, instance }) => {
  const appId = app.app.id
  await setSecretEnabled(db, owner, { id: app.secret.id, enabled: false })
  expect(await secretsOf(db, owner, appId)).toMatchObject([{ status: 'DISABLED', current: true, expiresAt: null }])
  const { clientSecret } = await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  expect(await secretsOf(db, owner, appId)).toMatchObject([
    { status: 'CURRENT' },
    { status: 'DISABLED', current: false },
  ])
  await authenticated(db, instance, app, clientSecret)
})

test('what is so already writes no event', async ({ db, owner, app }) => {
  expect(await setSecretEnabled(db, owner, { id: app.secret.id, enabled: true })).toMatchObject({ ok: true })
  expect(await allEvents(db, owner)).toHaveLength(1)
})

test('a disabled secret still expires, and counts towards the five', async ({ db, owner, app, instance }) => {
  const appId = app.app.id
  await rotated(db, owner, { appId, gracePeriod: 60 }, instance)
  await setSecretEnabled(db, owner, { id: app.secret.id, enabled: false })
  expect(await secretsOf(db, owner, appId)).toHaveLength(2)
  await letPass(db, appId, 60)
  expect(await secretsOf(db, owner, appId)).toHaveLength(1)
  expect(await setSecretEnabled(db, owner, { id: app.secret.id, enabled: true })).toMatchObject({
    errors: [{ path: ['id'], code: 'NOT_FOUND' }],
  })
})

test('NOT_FOUND for revoked, foreign and deleted ones; FORBIDDEN without the permission', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const { secret } = await rotated(db, owner, { appId: app.app.id, gracePeriod: 60 }, instance)
  const notFound = { ok: false, errors: [{ path: ['id'], code: 'NOT_FOUND' }] }
  const off = (id: string) => ({ id, enabled: false })
  expect(await setSecretEnabled(db, await newAccount(db), off(secret.id))).toMatchObject(notFound)
  const auditor = await memberOf(db, owner, 'AUDITOR')
  await expect(setSecretEnabled(db, auditor, off(secret.id))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await revokeSecret(db, owner, { id: app.secret.id })
  expect(await setSecretEnabled(db, owner, off(app.secret.id))).toMatchObject(notFound)
  await deleteApp(db, owner, { id: app.app.id })
  expect(await setSecretEnabled(db, owner, off(secret.id))).toMatchObject(notFound)
})
