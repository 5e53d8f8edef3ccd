import { createApp, findApps, listSecrets } from '../../src/apps/index.ts'
import { allEvents, expect, issued, peek, read, test } from '../support/index.ts'

test('an app is made as it was asked for, with one secret, and reads back the same', async ({
  db,
  owner,
  instance,
}) => {
  const input = {
    name: 'Billing',
    description: 'Sends the bills.',
    tokenLifetime: 5400,
    scopes: ['/twilio/messaging/services/list', '/chatelaine/audit/read'],
  }
  const { app, secret, clientSecret } = issued(await createApp(db, owner, input, instance))
  const maker = { type: 'USER', id: owner.actor.id }
  expect(app).toEqual({
    ...input,
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    accountId: owner.accountId,
    clientId: expect.stringMatching(/^ch_[0-9a-hjkmnp-tv-z]{26}$/),
    status: 'ACTIVE',
    createdAt: expect.any(Date),
    updatedAt: app.createdAt,
    createdBy: maker,
    lastUsedAt: null,
    deletedAt: null,
  })
  expect(secret).toEqual({
    id: expect.any(String),
    appId: app.id,
    status: 'CURRENT',
    current: true,
    hint: clientSecret.slice(-4),
    createdAt: app.createdAt,
    createdBy: maker,
    replacedAt: null,
    expiresAt: null,
    awaitsFirstUse: false,
    lastUsedAt: null,
    lastUsedIp: null,
    safeToRevoke: false,
  })
  expect(await read(db, owner, (tx) => findApps(tx, owner, [app.id]))).toEqual([app])
  expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.id]))).toEqual([[secret]])
})

test('APP_CREATED is stored with all 22 members and nothing else', async ({ db, owner, instance }) => {
  const scopes = ['/twilio/messaging/services/list', '/twilio/messaging/services/create']
  const input = { name: 'Billing', description: 'Bills', tokenLifetime: 86_400, scopes }
  const made = await createApp(db, owner, input, instance)
  if (!made.ok) throw new Error('The app was not made.')
  const { app, secret } = made.value
  const stored = `select record from audit_events where account_id = '${owner.accountId}'`
  const [row, ...others] = await peek<{ record: string }>(db, stored)
  expect(others).toEqual([])
  expect(JSON.parse(row?.record ?? '')).toEqual({
    v: 1,
    id: expect.any(String),
    accountId: owner.accountId,
    sequence: 1,
    type: 'APP_CREATED',
    occurredAt: app.createdAt.toISOString(),
    actor: { id: owner.actor.id, name: owner.actor.name, type: 'USER' },
    appId: app.id,
    resourceType: 'App',
    resourceId: app.id,
    resourceName: 'Billing',
    changes: [
      { field: 'name', before: null, after: 'Billing' },
      { field: 'description', before: null, after: 'Bills' },
      { field: 'tokenLifetime', before: null, after: 'P1D' },
      { field: 'scopes', before: null, after: scopes },
      { field: 'secret', before: null, after: { id: secret.id, hint: secret.hint } },
    ],
    gracePeriod: null,
    graceStarts: null,
    secretId: null,
    secretHint: null,
    secretExpiresAt: null,
    attempts: null,
    source: 'API',
    sourceIp: '203.0.113.7',
    userAgent: 'chatelaine-test/1',
    requestId: owner.origin.requestId,
  })
})

test('what is left out, null or blank has its default', async ({ db, owner, instance }) => {
  const inputs = [
    { name: 'a', scopes: [] },
    { name: 'b', scopes: [], description: null, tokenLifetime: null },
    { name: 'c', scopes: [], description: ' \t\n' },
  ]
  for (const input of inputs) {
    const made = await createApp(db, owner, input, instance)
    expect(made).toMatchObject({ ok: true, value: { app: { description: null, tokenLifetime: 3600, scopes: [] } } })
  }
})

test('name and description are trimmed, and no name is taken', async ({ db, owner, instance }) => {
  const input = { name: '  Billing\n', description: '\tline 1\nline 2 ', scopes: [] }
  for (const _twice of [1, 2])
    expect(await createApp(db, owner, input, instance)).toMatchObject({
      ok: true,
      value: { app: { name: 'Billing', description: 'line 1\nline 2' } },
    })
  const events = await allEvents(db, owner)
  expect(events.map(({ resourceName }) => resourceName)).toEqual(['Billing', 'Billing'])
})

test('each limit is reached: code points count, an emoji is one', async ({ db, owner, instance }) => {
  const scopes = instance.catalogue.ofProduct('messaging').concat(instance.catalogue.ofProduct('studio'))
  const input = {
    name: '👩'.repeat(100),
    description: '👩'.repeat(1000),
    tokenLifetime: 2_592_000,
    scopes: scopes.slice(0, 100).map(({ name }) => name),
  }
  expect(await createApp(db, owner, input, instance)).toMatchObject({ ok: true, value: { app: input } })
  const least = { name: '-', tokenLifetime: 60, scopes: [] }
  expect(await createApp(db, owner, least, instance)).toMatchObject({ ok: true, value: { app: least } })
})

test('every text that may be is kept as it came', async ({ db, owner, instance }) => {
  const input = { name: 'A\u030angstro\u0308m \u202e"\\</script>', description: '\u0001\u007f\u2028\r\nx', scopes: [] }
  const made = await createApp(db, owner, input, instance)
  expect(made).toMatchObject({ ok: true, value: { app: { name: input.name, description: input.description } } })
  const [event] = await allEvents(db, owner)
  expect(event?.changes.slice(0, 2).map(({ after }) => after)).toEqual([input.name, input.description])
})
