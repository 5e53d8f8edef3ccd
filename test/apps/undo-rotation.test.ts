import { randomUUIDv7 } from 'node:crypto'
import { authenticateClient, deleteApp, setSecretEnabled, undoRotation } from '../../src/apps/index.ts'
import { allEvents, expect, memberOf, newAccount, test } from '../support/index.ts'
import { authenticated, letPass, rotated, secretsOf } from './secret-life.ts'

const codeOf = async (undoing: ReturnType<typeof undoRotation>) => {
  const result = await undoing
  return result.ok ? 'OK' : result.errors.map(({ path, code }) => `${path} ${code}`).join()
}

test('the secret before is current again, without an end, and the one taken back ends at once', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const appId = app.app.id
  const { secret, clientSecret } = await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  expect(await undoRotation(db, owner, { appId, secretId: secret.id })).toEqual({ ok: true, value: app.app })
  expect(await secretsOf(db, owner, appId)).toEqual([app.secret])
  expect(await authenticateClient(db, instance, app.app.clientId, clientSecret)).toBeNull()
  expect(await authenticated(db, instance, app, app.clientSecret)).toMatchObject({ credential: { current: true } })
  const event = (await allEvents(db, owner)).at(-1)
  expect(event).toMatchObject({
    type: 'SECRET_ROTATION_UNDONE',
    secretId: secret.id,
    secretHint: secret.hint,
    secretExpiresAt: event?.occurredAt,
    changes: [
      {
        field: 'secret',
        before: { id: secret.id, hint: secret.hint },
        after: { id: app.secret.id, hint: app.secret.hint },
      },
    ],
  })
})

test('a second click undoes nothing more: CONFLICT, though an older one could come back', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const appId = app.app.id
  const first = await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  const second = await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  const undo = () => codeOf(undoRotation(db, owner, { appId, secretId: second.secret.id }))
  expect((await Promise.all([undo(), undo(), undo(), undo()])).sort()).toEqual([
    'OK',
    'secretId CONFLICT',
    'secretId CONFLICT',
    'secretId CONFLICT',
  ])
  expect((await secretsOf(db, owner, appId)).map(({ id, current }) => [id, current])).toEqual([
    [first.secret.id, true],
    [app.secret.id, false],
  ])
  // Asked for by its own name, the rotation before can be taken back too.
  expect(await codeOf(undoRotation(db, owner, { appId, secretId: first.secret.id }))).toBe('OK')
  expect(await secretsOf(db, owner, appId)).toEqual([app.secret])
})

test('NOTHING_TO_UNDO: the one before has ended, is switched off, or there was none', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const appId = app.app.id
  expect(await codeOf(undoRotation(db, owner, { appId, secretId: app.secret.id }))).toBe('secretId NOTHING_TO_UNDO')
  const first = await rotated(db, owner, { appId, gracePeriod: 2_592_000 }, instance)
  const second = await rotated(db, owner, { appId, gracePeriod: 60 }, instance)
  await setSecretEnabled(db, owner, { id: first.secret.id, enabled: false })
  expect(await codeOf(undoRotation(db, owner, { appId, secretId: second.secret.id }))).toBe('secretId NOTHING_TO_UNDO')
  await setSecretEnabled(db, owner, { id: first.secret.id, enabled: true })
  await letPass(db, appId, 61)
  // The oldest one lives, and is not what this rotation replaced.
  expect((await secretsOf(db, owner, appId)).map(({ id }) => id)).toEqual([second.secret.id, app.secret.id])
  const before = await allEvents(db, owner)
  expect(await codeOf(undoRotation(db, owner, { appId, secretId: second.secret.id }))).toBe('secretId NOTHING_TO_UNDO')
  expect(await allEvents(db, owner)).toEqual(before)
})

test('what waited for a first use is current again and waits no more', async ({ db, owner, app, instance }) => {
  const appId = app.app.id
  const waiting = { appId, gracePeriod: 60, graceStarts: 'FIRST_USE' as const }
  const { secret } = await rotated(db, owner, waiting, instance)
  await undoRotation(db, owner, { appId, secretId: secret.id })
  expect(await secretsOf(db, owner, appId)).toEqual([app.secret])
  const again = await rotated(db, owner, { appId, gracePeriod: 60 }, instance)
  expect(await authenticated(db, instance, app, again.clientSecret)).toMatchObject({
    credential: { startsGrace: false },
  })
})

test('NOT_FOUND for unknown, foreign and deleted apps; FORBIDDEN without the permission', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const appId = app.app.id
  const { secret } = await rotated(db, owner, { appId, gracePeriod: 60 }, instance)
  const undo = { appId, secretId: secret.id }
  expect(await codeOf(undoRotation(db, await newAccount(db), undo))).toBe('appId NOT_FOUND')
  expect(await codeOf(undoRotation(db, owner, { ...undo, appId: randomUUIDv7() }))).toBe('appId NOT_FOUND')
  await expect(undoRotation(db, await memberOf(db, owner, 'AUDITOR'), undo)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  await deleteApp(db, owner, { id: appId })
  expect(await codeOf(undoRotation(db, owner, undo))).toBe('appId NOT_FOUND')
})
