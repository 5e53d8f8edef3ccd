import {
  addAppKey,
  createApp,
  deleteApp,
  findAppKeys,
  type IssuedSecret,
  listAppKeys,
  removeAppKey,
  updateApp,
} from '../../src/apps/index.ts'
import type { Json } from '../../src/audit/index.ts'
import { type Caller, permissionsOf } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'
import { newJwk, newKeyPair } from './jwks.ts'

async function added(db: Database, owner: Caller, app: IssuedSecret, jwk: Json = newJwk('P-256')) {
  const result = await addAppKey(db, owner, { appId: app.app.id, jwk })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.value.key
}

const keysOf = async (db: Database, owner: Caller, app: IssuedSecret) =>
  (await read(db, owner, (tx) => listAppKeys(tx, owner, [app.app.id]))).flat()
const eventsOf = async (db: Database, owner: Caller, type: string) =>
  (await allEvents(db, owner)).filter((event) => event.type === type)

test('a key is shown by what it is, and its event names it by its thumbprint', async ({ db, owner, app }) => {
  const { jwk } = newKeyPair('P-256')
  const key = await added(db, owner, app, { ...jwk, kid: '2026-11', comment: 'of the laptop' })
  expect(key).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    appId: app.app.id,
    kid: '2026-11',
    algorithm: 'ES256',
    thumbprint: expect.stringMatching(/^[\w-]{43}$/),
    createdAt: expect.any(Date),
    createdBy: { type: 'USER', id: owner.actor.id },
    lastUsedAt: null,
  })
  expect(await keysOf(db, owner, app)).toEqual([key])
  const stored = await peek(db, `select jwk from app_keys where id = '${key.id}'`)
  expect(stored).toEqual([{ jwk }]) // the public members alone
  expect(await eventsOf(db, owner, 'KEY_ADDED')).toMatchObject([
    {
      appId: app.app.id,
      resourceType: 'App',
      resourceName: 'Billing',
      changes: [
        {
          field: 'key',
          before: null,
          after: { id: key.id, kid: '2026-11', algorithm: 'ES256', thumbprint: key.thumbprint },
        },
      ],
      occurredAt: key.createdAt,
    },
  ])
})

test('what is refused writes nothing, and tells every mistake below jwk', async ({ db, owner, app }) => {
  const before = await allEvents(db, owner)
  const { privateKey } = newKeyPair('P-256')
  const secret = { ...(privateKey.export({ format: 'jwk' }) as { [member: string]: string }), use: 'enc' }
  const result = await addAppKey(db, owner, { appId: app.app.id, jwk: secret })
  expect(result).toMatchObject({
    ok: false,
    errors: [
      { path: ['jwk', 'd'], code: 'INVALID_FORMAT' },
      { path: ['jwk', 'use'], code: 'INVALID_FORMAT' },
    ],
  })
  expect(await keysOf(db, owner, app)).toEqual([])
  expect(await allEvents(db, owner)).toEqual(before)
})

test('the same key, or another of the same kid, is DUPLICATE in one app; another app may have both', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const jwk = { ...newJwk('P-256'), kid: 'k' }
  await added(db, owner, app, jwk)
  const again = (other: Json) => addAppKey(db, owner, { appId: app.app.id, jwk: other })
  expect(await again({ ...jwk, kid: 'other' })).toMatchObject({ errors: [{ path: ['jwk'], code: 'DUPLICATE' }] })
  expect(await again({ ...newJwk('P-384'), kid: 'k' })).toMatchObject({
    errors: [{ path: ['jwk', 'kid'], code: 'DUPLICATE' }],
  })
  await added(db, owner, app, newJwk('P-256'))
  await added(db, owner, app, newJwk('P-256')) // without a kid any number
  const made = await createApp(db, owner, { name: 'Other', scopes: [] }, instance)
  if (!made.ok) throw new Error('The app was not made.')
  await added(db, owner, made.value, jwk)
})

test('an app has at most 5 keys, also when ten are added at once; one removed makes room', async ({
  db,
  owner,
  app,
}) => {
  const add = () => addAppKey(db, owner, { appId: app.app.id, jwk: newJwk('Ed25519') })
  const results = await Promise.all(Array.from({ length: 10 }, add))
  expect(results.filter((result) => result.ok)).toHaveLength(5)
  for (const result of results)
    if (!result.ok) expect(result.errors).toMatchObject([{ path: ['appId'], code: 'TOO_MANY_KEYS' }])
  const keys = await keysOf(db, owner, app)
  expect(keys).toHaveLength(5)
  expect(await eventsOf(db, owner, 'KEY_ADDED')).toHaveLength(5)
  expect(await removeAppKey(db, owner, { id: keys[0]?.id ?? '' })).toMatchObject({ ok: true })
  expect(await add()).toMatchObject({ ok: true })
})

test('a key is removed once, also by four at once, and its event names it', async ({ db, owner, app }) => {
  const key = await added(db, owner, app, { ...newJwk('RSA-2048'), alg: 'PS256', kid: 'k' })
  const results = await Promise.all(Array.from({ length: 4 }, () => removeAppKey(db, owner, { id: key.id })))
  expect(results.filter((result) => result.ok)).toHaveLength(1)
  for (const result of results)
    if (!result.ok) expect(result.errors).toMatchObject([{ path: ['id'], code: 'NOT_FOUND' }])
  expect(await eventsOf(db, owner, 'KEY_REMOVED')).toMatchObject([
    {
      appId: app.app.id,
      changes: [
        { field: 'key', before: { id: key.id, kid: 'k', algorithm: 'PS256', thumbprint: key.thumbprint }, after: null },
      ],
    },
  ])
  expect(await keysOf(db, owner, app)).toEqual([])
  expect(await read(db, owner, (tx) => findAppKeys(tx, owner, [key.id]))).toEqual([null])
})

test('a deleted app has no keys and gets none; a disabled one may be given some', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const key = await added(db, owner, app)
  await updateApp(db, owner, { id: app.app.id, status: 'DISABLED' }, instance.catalogue)
  await added(db, owner, app)
  await deleteApp(db, owner, { id: app.app.id })
  expect(await keysOf(db, owner, app)).toEqual([])
  expect(await removeAppKey(db, owner, { id: key.id })).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] })
  const jwk = newJwk('P-256')
  expect(await addAppKey(db, owner, { appId: app.app.id, jwk })).toMatchObject({
    errors: [{ path: ['appId'], code: 'NOT_FOUND' }],
  })
})

test('another account sees, adds and removes no key', async ({ db, owner, app }) => {
  const key = await added(db, owner, app)
  const stranger = await newAccount(db)
  expect(await read(db, stranger, (tx) => findAppKeys(tx, stranger, [key.id]))).toEqual([null])
  expect(await read(db, stranger, (tx) => listAppKeys(tx, stranger, [app.app.id]))).toEqual([[]])
  expect(await removeAppKey(db, stranger, { id: key.id })).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] })
  const jwk = newJwk('P-256')
  expect(await addAppKey(db, stranger, { appId: app.app.id, jwk })).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] })
  expect(await keysOf(db, owner, app)).toEqual([key])
})

test('rule 20: nobody gets a key into an app that may do what they may not', async ({ db, owner, instance }) => {
  const made = await createApp(db, owner, { name: 'Mighty', scopes: ['/chatelaine/members/create'] }, instance)
  if (!made.ok) throw new Error('The app was not made.')
  const developer = await memberOf(db, owner, 'DEVELOPER')
  expect(permissionsOf('DEVELOPER')).toContain('apps/rotate-secret')
  const add = (caller: Caller) => addAppKey(db, caller, { appId: made.value.app.id, jwk: newJwk('P-256') })
  await expect(add(developer)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(add(await memberOf(db, owner, 'AUDITOR'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  // An app, moreover, gives away none of any product that its token does not hold.
  const robot: Caller = { ...owner, role: null, scopes: ['/chatelaine/apps/rotate-secret'] }
  await expect(add(robot)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await keysOf(db, owner, made.value)).toEqual([])
  expect(await add(owner)).toMatchObject({ ok: true })
})
