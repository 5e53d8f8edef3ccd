import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { authenticateClient, deleteApp, updateApp } from '../../src/apps/index.ts'
import { type Database, inSystem, secrets } from '../../src/database/index.ts'
import { createSlowHash } from '../../src/slow-hash.ts'
import { describe, expect, type Issued, peek, type TestInstance, test } from '../support/index.ts'

const withoutMac = (db: Database, { secret }: Issued) =>
  inSystem(db, (tx) => tx.update(secrets).set({ mac: null }).where(sql`id = ${secret.id}::uuid`))
const macOf = async (db: Database, { secret }: Issued) =>
  (await peek<{ mac: Uint8Array | null }>(db, sql`select mac from secrets where id = ${secret.id}::uuid`))[0]?.mac

/** The instance after a recovery: another MAC key; counts the hashes that it takes. */
function recovering(instance: TestInstance) {
  const slowHash = createSlowHash()
  const counted = { hashes: 0 }
  const verify = (hash: string, text: string) => {
    counted.hashes += 1
    return slowHash.verify(hash, text)
  }
  return { ...instance, secretMac: randomBytes(32), recovery: { isOn: () => true, slowHash: { verify } }, counted }
}

test('a secret without a MAC opens nothing while no recovery is on, and costs no hash', async ({
  db,
  app,
  instance,
}) => {
  await withoutMac(db, app)
  const after = recovering(instance)
  const off = { ...after, recovery: { ...after.recovery, isOn: () => false } }
  expect(await authenticateClient(db, off, app.app.clientId, app.clientSecret)).toBeNull()
  expect(await macOf(db, app)).toBeNull()
  expect(after.counted.hashes).toBe(0)
})

test('in a recovery its slow hash tells it, once: from then on its MAC decides', async ({ db, app, instance }) => {
  await withoutMac(db, app)
  const after = recovering(instance)
  const authenticate = () => authenticateClient(db, after, app.app.clientId, app.clientSecret)
  expect(await authenticate()).toMatchObject({ appId: app.app.id, credential: { id: app.secret.id } })
  expect(await macOf(db, app)).toHaveLength(32)
  expect(await authenticate()).toMatchObject({ appId: app.app.id })
  expect(after.counted.hashes).toBe(1)
  const over = { ...after, recovery: { ...after.recovery, isOn: () => false } }
  expect(await authenticateClient(db, over, app.app.clientId, app.clientSecret)).not.toBeNull()
})

test('many that show it at the same instant are all let in', async ({ db, app, instance }) => {
  await withoutMac(db, app)
  const after = recovering(instance)
  const authenticate = () => authenticateClient(db, after, app.app.clientId, app.clientSecret)
  const clients = await Promise.all([authenticate(), authenticate(), authenticate(), authenticate()])
  expect(clients.map((client) => client?.appId)).toEqual(Array(4).fill(app.app.id))
})

test('a wrong secret is wrong for the slow hash too, and writes no MAC', async ({ db, app, instance }) => {
  const elsewhere = await instance.slowHash.hash('another secret')
  await inSystem(db, (tx) =>
    tx.update(secrets).set({ mac: null, hash: elsewhere }).where(sql`id = ${app.secret.id}::uuid`),
  )
  const after = recovering(instance)
  expect(await authenticateClient(db, after, app.app.clientId, app.clientSecret)).toBeNull()
  expect(await macOf(db, app)).toBeNull()
  expect(after.counted.hashes).toBe(1)
})

describe('what opens nothing costs no hash', () => {
  test('a secret whose MAC is of another key', async ({ db, app, instance }) => {
    const after = recovering(instance)
    expect(await authenticateClient(db, after, app.app.clientId, app.clientSecret)).toBeNull()
    expect(after.counted.hashes).toBe(0)
  })

  test('a secret of a disabled app, a revoked secret, one of a deleted app', async ({ db, app, owner, instance }) => {
    await withoutMac(db, app)
    const after = recovering(instance)
    const authenticate = () => authenticateClient(db, after, app.app.clientId, app.clientSecret)
    await updateApp(db, owner, { id: app.app.id, status: 'DISABLED' }, instance.catalogue)
    expect(await authenticate()).toBeNull()
    await updateApp(db, owner, { id: app.app.id, status: 'ACTIVE' }, instance.catalogue)
    const past = { expiresAt: new Date(0), replacedAt: new Date(0), revokedAt: new Date(0) }
    await inSystem(db, (tx) => tx.update(secrets).set(past).where(sql`id = ${app.secret.id}::uuid`))
    expect(await authenticate()).toBeNull()
    await deleteApp(db, owner, { id: app.app.id })
    expect(await authenticate()).toBeNull()
    expect(after.counted.hashes).toBe(0)
  })
})
