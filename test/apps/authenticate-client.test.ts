import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import {
  authenticateClient,
  createApp,
  deleteApp,
  revokeSecret,
  rotateSecret,
  updateApp,
} from '../../src/apps/index.ts'
import { type Database, inSystem, secrets } from '../../src/database/index.ts'
import { describe, expect, issued, test } from '../support/index.ts'

const endAt = (db: Database, id: string, expiresAt: Date) =>
  inSystem(db, (tx) => tx.update(secrets).set({ expiresAt, replacedAt: expiresAt }).where(sql`id = ${id}::uuid`))

test('a right secret answers all that a token needs', async ({ db, owner, instance }) => {
  const input = { name: 'Billing', tokenLifetime: 60, scopes: ['/twilio/messaging/services/list'] }
  const { app, secret, clientSecret } = issued(await createApp(db, owner, input, instance))
  const client = await authenticateClient(db, instance, app.clientId, clientSecret)
  expect(client).toMatchObject({
    accountId: owner.accountId,
    appId: app.id,
    clientId: app.clientId,
    name: 'Billing',
    tokenLifetime: 60,
    scopes: input.scopes,
    tokenGeneration: 0,
    credential: { type: 'secret', id: secret.id, current: true, lastUsedAt: null, startsGrace: false },
    now: expect.any(Date),
  })
  expect(client?.now.getTime()).toBeGreaterThanOrEqual(app.createdAt.getTime())
})

test('old and new secret are both right while the grace period lasts, and each is told apart', async ({
  db,
  app,
  owner,
  instance,
}) => {
  const rotation = issued(await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance))
  const authenticate = (secret: string) => authenticateClient(db, instance, app.app.clientId, secret)
  expect(await authenticate(app.clientSecret)).toMatchObject({ credential: { id: app.secret.id } })
  expect(await authenticate(rotation.clientSecret)).toMatchObject({
    credential: { id: rotation.secret.id },
  })
})

test('a grace period ends by the clock, whoever sweeps', async ({ db, app, owner, instance }) => {
  await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
  const authenticate = () => authenticateClient(db, instance, app.app.clientId, app.clientSecret)
  const now = (await authenticate())?.now.getTime() ?? 0
  await endAt(db, app.secret.id, new Date(now))
  expect(await authenticate()).toBeNull()
  await endAt(db, app.secret.id, new Date(now + 60_000))
  expect(await authenticate()).toMatchObject({ credential: { id: app.secret.id } })
})

describe('null, the same for each', () => {
  test('a client id that is unknown, of another form, or empty', async ({ db, app, instance }) => {
    const { clientId } = app.app
    const others = [
      `ch_${'0'.repeat(26)}`,
      clientId.toUpperCase(),
      `${clientId} `,
      `${clientId}\0`,
      '\ud800',
      '',
      app.app.id,
    ]
    for (const other of others)
      expect(await authenticateClient(db, instance, other, app.clientSecret), other).toBeNull()
  })

  test('a disabled app, until it is enabled again', async ({ db, app: { app, clientSecret }, owner, instance }) => {
    const authenticate = () => authenticateClient(db, instance, app.clientId, clientSecret)
    await updateApp(db, owner, { id: app.id, status: 'DISABLED' }, instance.catalogue)
    expect(await authenticate()).toBeNull()
    await updateApp(db, owner, { id: app.id, status: 'ACTIVE' }, instance.catalogue)
    expect(await authenticate()).toMatchObject({ appId: app.id })
  })

  test('a deleted app, even with a secret whose end is undone', async ({ db, app, owner, instance }) => {
    await deleteApp(db, owner, { id: app.app.id })
    const authenticate = () => authenticateClient(db, instance, app.app.clientId, app.clientSecret)
    expect(await authenticate()).toBeNull()
    const alive = { expiresAt: null, revokedAt: null }
    await inSystem(db, (tx) => tx.update(secrets).set(alive).where(sql`id = ${app.secret.id}::uuid`))
    expect(await authenticate()).toBeNull()
  })

  test("another app's secret, of this account and of its own", async ({ db, app, owner, instance }) => {
    const other = issued(await createApp(db, owner, { name: 'Other', scopes: [] }, instance))
    expect(await authenticateClient(db, instance, app.app.clientId, other.clientSecret)).toBeNull()
    expect(await authenticateClient(db, instance, other.app.clientId, app.clientSecret)).toBeNull()
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).not.toBeNull()
  })

  test('a secret that another instance minted', async ({ db, app, instance }) => {
    expect(
      await authenticateClient(db, { ...instance, secretMac: randomBytes(32) }, app.app.clientId, app.clientSecret),
    ).toBeNull()
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).not.toBeNull()
  })

  test('a secret whose row holds the MAC of another', async ({ db, app, owner, instance }) => {
    const other = issued(await createApp(db, owner, { name: 'Other', scopes: [] }, instance))
    const swap = sql`mac = (select mac from secrets where id = ${other.secret.id}::uuid)`
    await inSystem(db, (tx) => tx.execute(sql`update secrets set ${swap} where id = ${app.secret.id}::uuid`))
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).toBeNull()
  })

  test('a secret ended by PT0S, and a revoked one', async ({ db, app, owner, instance }) => {
    const authenticate = (secret: string) => authenticateClient(db, instance, app.app.clientId, secret)
    const second = issued(await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 0 }, instance))
    expect(await authenticate(app.clientSecret)).toBeNull()
    await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
    expect(await authenticate(second.clientSecret)).not.toBeNull()
    await revokeSecret(db, owner, { id: second.secret.id })
    expect(await authenticate(second.clientSecret)).toBeNull()
  })
})
