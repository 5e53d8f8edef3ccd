import { sql } from 'drizzle-orm'
import {
  authenticateClient,
  type CreateApp,
  createApp,
  deleteApp,
  listSecrets,
  type RotateSecret,
  revokeSecret,
  rotateSecret,
  updateApp,
} from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, idempotencyKeys, inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, issued, memberOf, newAccount, peek, read, test } from '../support/index.ts'

const listServices = '/twilio/messaging/services/list'
const createServices = '/twilio/messaging/services/create'
const billing: CreateApp = { name: 'Billing', scopes: [listServices, createServices], idempotencyKey: 'one' }

/** Moves a key's record into the past. */
const age = (db: Database, owner: Caller, interval: string) =>
  inSystem(db, (tx) =>
    tx
      .update(idempotencyKeys)
      .set({ createdAt: sql`created_at - ${interval}::interval` })
      .where(sql`account_id = ${owner.accountId}::uuid`),
  )
const recordsOf = (db: Database, { accountId }: Caller) =>
  peek(db, sql`select * from idempotency_keys where account_id = ${accountId}::uuid`)
const typesOf = async (db: Database, owner: Caller) => (await allEvents(db, owner)).map(({ type }) => type)
const reused = {
  ok: false,
  errors: [
    {
      path: ['idempotencyKey'],
      code: 'IDEMPOTENCY_KEY_REUSED',
      message: 'This key was used with another input within the last 24 hours.',
    },
  ],
}
const alreadyShown = {
  ok: false,
  errors: [
    {
      path: ['idempotencyKey'],
      code: 'SECRET_ALREADY_SHOWN',
      message: 'This was done already, and its secret is shown for 10 minutes only.',
    },
  ],
}

describe('sent again with the same key and input', () => {
  test('createApp makes one app, and answers the same', async ({ db, owner, instance }) => {
    const first = await createApp(db, owner, billing, instance)
    const second = await createApp(db, owner, billing, instance)
    expect(first).toMatchObject({ ok: true, value: { clientSecret: expect.stringMatching(/^chtl_/) } })
    expect(second).toEqual(first)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED'])
    expect(await peek(db, `select id from secrets where account_id = '${owner.accountId}'`)).toHaveLength(1)
  })

  test('rotateSecret rotates once, and answers the same', async ({ db, owner, app, instance }) => {
    const input = { appId: app.app.id, gracePeriod: 3600, idempotencyKey: 'one' }
    const first = await rotateSecret(db, owner, input, instance)
    const second = await rotateSecret(db, owner, input, instance)
    const { secret, clientSecret, previousSecretExpiresAt } = issued(first)
    expect(second).toEqual(first)
    expect(previousSecretExpiresAt).toEqual(new Date(secret.createdAt.getTime() + 3_600_000))
    expect(await authenticateClient(db, instance, app.app.clientId, clientSecret)).not.toBeNull()
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'SECRET_ROTATED'])
    expect((await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id])))[0]).toHaveLength(2)
  })

  test('the app and the secret are answered as they are now', async ({ db, owner, app, instance }) => {
    const input = { appId: app.app.id, gracePeriod: 3600, idempotencyKey: 'one' }
    const first = issued(await rotateSecret(db, owner, input, instance))
    await updateApp(db, owner, { id: app.app.id, name: 'Renamed' }, instance.catalogue)
    const next = issued(await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 60 }, instance))
    const end = next.previousSecretExpiresAt
    const again = issued(await rotateSecret(db, owner, input, instance))
    expect(again.clientSecret).toBe(first.clientSecret)
    expect(again.app.name).toBe('Renamed')
    expect(again.secret).toMatchObject({ id: first.secret.id, status: 'GRACE', expiresAt: end })
    await revokeSecret(db, owner, { id: first.secret.id })
    const ended = issued(await rotateSecret(db, owner, input, instance))
    expect(ended.secret.expiresAt?.getTime()).toBeLessThan(end?.getTime() ?? 0)
  })

  test('after 10 minutes the secret is gone, and the app is answered without it', async ({ db, owner, instance }) => {
    const first = issued(await createApp(db, owner, billing, instance))
    await age(db, owner, '9 minutes')
    expect(await createApp(db, owner, billing, instance)).toEqual({ ok: true, value: first })
    await age(db, owner, '1 minute')
    const found = { ...first, clientSecret: null }
    expect(await createApp(db, owner, billing, instance)).toEqual({ ...alreadyShown, found })
    expect(await recordsOf(db, owner)).toMatchObject([{ sealed_secret: null, secret_jwe: null }])
    expect(await createApp(db, owner, billing, instance)).toEqual({ ...alreadyShown, found })
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED'])
  })

  test('what does not open is not answered: sealed by keys since lost, or put into another row', async ({
    db,
    owner,
    instance,
  }) => {
    const first = issued(await createApp(db, owner, billing, instance))
    const other = issued(await createApp(db, owner, { ...billing, idempotencyKey: 'two' }, instance))
    const recovered = { ...instance, answerSeal: new Uint8Array(32) }
    const found = { ...first, clientSecret: null }
    expect(await createApp(db, owner, billing, recovered)).toEqual({ ...alreadyShown, found })
    expect(issued(await createApp(db, owner, billing, instance)).clientSecret).toBe(first.clientSecret)
    await inSystem(db, (tx) =>
      tx.execute(sql`update idempotency_keys set sealed_secret = (select sealed_secret from idempotency_keys
        where secret_id = ${other.secret.id}::uuid) where secret_id = ${first.secret.id}::uuid`),
    )
    expect(await createApp(db, owner, billing, instance)).toEqual({ ...alreadyShown, found })
  })

  test('after 24 hours the key counts as new', async ({ db, owner, instance }) => {
    const first = issued(await createApp(db, owner, billing, instance))
    await age(db, owner, '23 hours 59 minutes')
    expect(await createApp(db, owner, billing, instance)).toMatchObject(alreadyShown)
    await age(db, owner, '1 minute')
    const other = issued(await createApp(db, owner, { ...billing, name: 'Other' }, instance))
    expect(other.app.id).not.toBe(first.app.id)
    expect(await createApp(db, owner, { ...billing, name: 'Other' }, instance)).toEqual({ ok: true, value: other })
    expect(await recordsOf(db, owner)).toHaveLength(1)
  })

  test('once the app is deleted, it is NOT_FOUND, and none is made', async ({ db, owner, instance }) => {
    const { app } = issued(await createApp(db, owner, billing, instance))
    const rotation = { appId: app.id, gracePeriod: 0, idempotencyKey: 'one' }
    await rotateSecret(db, owner, rotation, instance)
    await deleteApp(db, owner, { id: app.id })
    const gone = { ok: false, errors: [{ path: ['idempotencyKey'], code: 'NOT_FOUND' }] }
    expect(await createApp(db, owner, billing, instance)).toMatchObject(gone)
    expect(await rotateSecret(db, owner, rotation, instance)).toMatchObject(gone)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'SECRET_ROTATED', 'APP_DELETED'])
  })
})

describe('what the same input is', () => {
  const same: [string, Partial<CreateApp>][] = [
    ['the lifetime that it has anyway', { tokenLifetime: 3600 }],
    ['null, as if left out', { tokenLifetime: null, description: null, encryptTo: null }],
    ['white space around the name, and a blank description', { name: ' Billing\n', description: ' ' }],
    ['scopes in another order (RFC 6749 §3.3)', { scopes: [createServices, listServices] }],
  ]
  test.for(same)('of createApp: %s', async ([_what, change], { db, owner, instance }) => {
    const first = await createApp(db, owner, billing, instance)
    expect(await createApp(db, owner, { ...billing, ...change }, instance)).toEqual(first)
  })

  const other: [string, Partial<CreateApp>][] = [
    ['another name', { name: 'billing' }],
    ['a description', { description: 'Bills' }],
    ['another lifetime', { tokenLifetime: 3601 }],
    ['a scope less', { scopes: [listServices] }],
  ]
  test.for(other)('not of createApp: %s', async ([_what, change], { db, owner, instance }) => {
    const first = await createApp(db, owner, billing, instance)
    expect(await createApp(db, owner, { ...billing, ...change }, instance)).toEqual(reused)
    expect(await createApp(db, owner, billing, instance)).toEqual(first)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED'])
  })

  test('of rotateSecret: graceStarts NOW, null or left out; not another app, length or start', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const input: RotateSecret = { appId: app.app.id, gracePeriod: 60, idempotencyKey: 'one' }
    const other = issued(await createApp(db, owner, { name: 'Other', scopes: [] }, instance))
    const first = await rotateSecret(db, owner, input, instance)
    for (const graceStarts of ['NOW', null] as const)
      expect(await rotateSecret(db, owner, { ...input, graceStarts }, instance)).toEqual(first)
    const others: Partial<RotateSecret>[] = [{ appId: other.app.id }, { gracePeriod: 61 }, { graceStarts: 'FIRST_USE' }]
    for (const change of others)
      expect(await rotateSecret(db, owner, { ...input, ...change }, instance)).toEqual(reused)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'APP_CREATED', 'SECRET_ROTATED'])
  })
})

describe('a key belongs to account, actor and mutation', () => {
  test('in two accounts, of two people, for two mutations it is another key', async ({ db, owner, app, instance }) => {
    const [stranger, developer] = [await newAccount(db), await memberOf(db, owner, 'DEVELOPER')]
    const apps = [owner, stranger, developer].map((caller) => createApp(db, caller, billing, instance))
    const ids = (await Promise.all(apps)).map((made) => issued(made).app.id)
    const rotation = { appId: app.app.id, gracePeriod: 60, idempotencyKey: 'one' }
    expect(issued(await rotateSecret(db, owner, rotation, instance)).app.id).toBe(app.app.id)
    expect(new Set(ids).size).toBe(3)
  })

  test('of one person in two accounts it is another key', async ({ db, owner, instance }) => {
    const elsewhere: Caller = { ...(await newAccount(db)), actor: owner.actor }
    const here = issued(await createApp(db, owner, billing, instance))
    const there = issued(await createApp(db, elsewhere, billing, instance))
    expect(there.app.id).not.toBe(here.app.id)
  })
})

describe('a key is remembered with a success alone', () => {
  test('a refusal leaves no record, and the next request is the first', async ({ db, owner, app, instance }) => {
    for (const _ of [1, 2, 3, 4]) await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
    const input = { appId: app.app.id, gracePeriod: 60, idempotencyKey: 'one' }
    expect(await rotateSecret(db, owner, input, instance)).toMatchObject({ errors: [{ code: 'TOO_MANY_SECRETS' }] })
    const unknown = { ...input, appId: crypto.randomUUID() }
    expect(await rotateSecret(db, owner, unknown, instance)).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] })
    expect(await createApp(db, owner, { ...billing, name: '' }, instance)).toMatchObject({ ok: false })
    expect(await recordsOf(db, owner)).toEqual([])
    await revokeSecret(db, owner, { id: app.secret.id })
    expect(await rotateSecret(db, owner, input, instance)).toMatchObject({ ok: true })
  })

  test('a fault leaves no record', async ({ db, owner, app, instance }) => {
    await updateApp(db, owner, { id: app.app.id, scopes: ['/chatelaine/members/create'] }, instance.catalogue)
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const input = { appId: app.app.id, gracePeriod: 60, idempotencyKey: 'one' }
    await expect(rotateSecret(db, developer, input, instance)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await recordsOf(db, owner)).toEqual([])
    await updateApp(db, owner, { id: app.app.id, scopes: [] }, instance.catalogue)
    expect(await rotateSecret(db, developer, input, instance)).toMatchObject({ ok: true })
  })
})

test('who may no longer give away what the app holds is not answered its secret again', async ({
  db,
  owner,
  instance,
}) => {
  const developer = await memberOf(db, owner, 'DEVELOPER')
  const { app } = issued(await createApp(db, developer, billing, instance))
  await updateApp(db, owner, { id: app.id, scopes: ['/chatelaine/members/create'] }, instance.catalogue)
  await expect(createApp(db, developer, billing, instance)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: 'You cannot give away what you do not hold yourself: /chatelaine/members/create.',
  })
  await expect(createApp(db, { ...developer, permissions: new Set() }, billing, instance)).rejects.toMatchObject({
    message: 'This needs the permission apps/create.',
  })
  await age(db, owner, '11 minutes')
  expect(await createApp(db, developer, billing, instance)).toMatchObject(alreadyShown) // there is no secret in it
})

describe('the form of a key', () => {
  const wrong: [string, string, string][] = [
    ['an empty one', '', 'TOO_SHORT'],
    ['256 characters', '👩'.repeat(256), 'TOO_LONG'],
    ['a line end', 'a\n', 'INVALID_FORMAT'],
    ['a NUL', '\0', 'INVALID_FORMAT'],
    ['half of a surrogate pair', '\ud83d', 'INVALID_FORMAT'],
  ]
  test.for(wrong)(
    'refused with all other mistakes: %s',
    async ([, idempotencyKey, code], { db, owner, app, instance }) => {
      const mistake = (path: string) => expect.objectContaining({ path: [path] })
      const key = expect.objectContaining({ path: ['idempotencyKey'], code })
      const created = await createApp(db, owner, { name: '', scopes: [], idempotencyKey }, instance)
      expect(created).toEqual({ ok: false, errors: [mistake('name'), key] })
      const rotated = await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: -1, idempotencyKey }, instance)
      expect(rotated).toEqual({ ok: false, errors: [mistake('gracePeriod'), key] })
    },
  )

  test.for(['👩'.repeat(255), ' ', 'é', "'; drop table idempotency_keys; --"])(
    'taken as it is: %s',
    async (key, { db, owner, instance }) => {
      const first = issued(await createApp(db, owner, { ...billing, idempotencyKey: key }, instance))
      expect(await recordsOf(db, owner)).toMatchObject([{ key }])
      expect(issued(await createApp(db, owner, { ...billing, idempotencyKey: key }, instance)).app).toEqual(first.app)
    },
  )
})
