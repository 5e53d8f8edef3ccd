import { sql } from 'drizzle-orm'
import { authenticateClient, rotateSecret, startGrace } from '../../src/apps/index.ts'
import { inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, test } from '../support/index.ts'
import { authenticated, letPass, ORIGIN, rotated, secretsOf } from './secret-life.ts'

const DAY = 86_400
const days = (count: number) => count * DAY * 1000

test('with FIRST_USE the old secret waits, and ends 30 days after its rotation at the latest', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const input = { appId: app.app.id, gracePeriod: 3600, graceStarts: 'FIRST_USE' as const }
  const rotation = await rotated(db, owner, input, instance)
  const latest = new Date(rotation.secret.createdAt.getTime() + days(30))
  expect(rotation.previousSecretExpiresAt).toEqual(latest)
  const [, old] = await secretsOf(db, owner, app.app.id)
  expect(old).toMatchObject({ status: 'GRACE', awaitsFirstUse: true, expiresAt: latest })
  expect((await allEvents(db, owner)).at(-1)).toMatchObject({
    type: 'SECRET_ROTATED',
    gracePeriod: 3600,
    graceStarts: 'FIRST_USE',
    secretExpiresAt: latest,
  })
})

test('the first use of the new secret starts the grace period, once, and the app is who did it', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const input = { appId: app.app.id, gracePeriod: 3600, graceStarts: 'FIRST_USE' as const }
  const rotation = await rotated(db, owner, input, instance)
  // The old secret starts nothing, however often it is used.
  expect(await authenticated(db, instance, app, app.clientSecret)).toMatchObject({ credential: { startsGrace: false } })
  const client = await authenticated(db, instance, app, rotation.clientSecret)
  expect(client.credential).toMatchObject({ startsGrace: true })
  await startGrace(db, client, ORIGIN)

  const [, old] = await secretsOf(db, owner, app.app.id)
  const event = (await allEvents(db, owner)).at(-1)
  expect(event).toMatchObject({
    type: 'SECRET_GRACE_STARTED',
    actor: { type: 'APP', id: app.app.id, name: 'Billing' },
    appId: app.app.id,
    gracePeriod: 3600,
    secretId: app.secret.id,
    secretExpiresAt: new Date((event?.occurredAt.getTime() ?? 0) + 3_600_000),
    changes: [{ field: 'expiresAt', before: rotation.previousSecretExpiresAt.toISOString() }],
    sourceIp: '192.0.2.1',
  })
  expect(old).toMatchObject({ awaitsFirstUse: false, expiresAt: event?.secretExpiresAt })
  expect(await authenticated(db, instance, app, rotation.clientSecret)).toMatchObject({
    credential: { startsGrace: false },
  })
})

test('of eight first uses at once one starts the grace period', async ({ db, owner, app, instance }) => {
  const eight = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 8 }, act))
  const input = { appId: app.app.id, gracePeriod: 3600, graceStarts: 'FIRST_USE' as const }
  const { clientSecret } = await rotated(db, owner, input, instance)
  const client = await authenticated(db, instance, app, clientSecret)
  await eight(() => inSystem(db, (tx) => tx.execute(sql`select pg_sleep(0.1)`))) // a session each, so that they meet
  await eight(() => startGrace(db, client, ORIGIN))
  const started = (await allEvents(db, owner)).filter(({ type }) => type === 'SECRET_GRACE_STARTED')
  expect(started).toHaveLength(1)
})

describe('what waits', () => {
  test('a grace period longer than what is left of the 30 days ends with them', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const input = { appId: app.app.id, gracePeriod: 10 * DAY, graceStarts: 'FIRST_USE' as const }
    const { clientSecret } = await rotated(db, owner, input, instance)
    await letPass(db, app.app.id, 25 * DAY)
    const [, before] = await secretsOf(db, owner, app.app.id)
    await startGrace(db, await authenticated(db, instance, app, clientSecret), ORIGIN)
    const [, after] = await secretsOf(db, owner, app.app.id)
    expect(after).toMatchObject({ awaitsFirstUse: false, expiresAt: before?.expiresAt })
  })

  test('in vain for 30 days has ended by the clock; a use after that starts nothing and tells nothing', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const input = { appId: app.app.id, gracePeriod: 3600, graceStarts: 'FIRST_USE' as const }
    const { clientSecret } = await rotated(db, owner, input, instance)
    await letPass(db, app.app.id, 30 * DAY)
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).toBeNull()
    const client = await authenticated(db, instance, app, clientSecret)
    await startGrace(db, client, ORIGIN)
    expect((await allEvents(db, owner)).map(({ type }) => type)).toEqual(['APP_CREATED', 'SECRET_ROTATED'])
    expect(await authenticated(db, instance, app, clientSecret)).toMatchObject({ credential: { startsGrace: false } })
  })

  test('goes on waiting through a later rotation, and any newer secret starts it', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const appId = app.app.id
    const first = await rotated(db, owner, { appId, gracePeriod: 3600, graceStarts: 'FIRST_USE' }, instance)
    const second = await rotated(db, owner, { appId, gracePeriod: 7200, graceStarts: 'NOW' }, instance)
    expect((await secretsOf(db, owner, appId)).map(({ awaitsFirstUse }) => awaitsFirstUse)).toEqual([
      false,
      false,
      true,
    ])
    await startGrace(db, await authenticated(db, instance, app, second.clientSecret), ORIGIN)
    const [, between, oldest] = await secretsOf(db, owner, appId)
    expect(between).toMatchObject({ id: first.secret.id, expiresAt: second.previousSecretExpiresAt })
    expect(oldest).toMatchObject({ id: app.secret.id, awaitsFirstUse: false })
    expect(oldest?.expiresAt?.getTime()).toBeLessThan(second.previousSecretExpiresAt.getTime())
  })

  test('is ended at once by PT0S', async ({ db, owner, app, instance }) => {
    const appId = app.app.id
    await rotated(db, owner, { appId, gracePeriod: 3600, graceStarts: 'FIRST_USE' }, instance)
    const { secret, clientSecret } = await rotated(db, owner, { appId, gracePeriod: 0 }, instance)
    expect(await secretsOf(db, owner, appId)).toMatchObject([{ id: secret.id, awaitsFirstUse: false }])
    expect(await authenticated(db, instance, app, clientSecret)).toMatchObject({ credential: { startsGrace: false } })
  })

  test('counts towards the five, and PT0S with FIRST_USE lets it live until the new one is used', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const waiting = { appId: app.app.id, gracePeriod: 0, graceStarts: 'FIRST_USE' as const }
    for (let count = 0; count < 4; count++) await rotated(db, owner, waiting, instance)
    expect(await rotateSecret(db, owner, waiting, instance)).toMatchObject({
      ok: false,
      errors: [{ code: 'TOO_MANY_SECRETS' }],
    })
    expect(await secretsOf(db, owner, app.app.id)).toHaveLength(5)
  })

  test('with PT0S ends with the first use, its tokens as at any natural end', async ({ db, owner, app, instance }) => {
    const input = { appId: app.app.id, gracePeriod: 0, graceStarts: 'FIRST_USE' as const }
    const { clientSecret } = await rotated(db, owner, input, instance)
    await authenticated(db, instance, app, app.clientSecret)
    await startGrace(db, await authenticated(db, instance, app, clientSecret), ORIGIN)
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).toBeNull()
  })
})
