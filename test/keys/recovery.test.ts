import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, vi } from 'vitest'
import { authenticateClient, createApp, deleteApp, rotateSecret } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import {
  type Database,
  idempotencyKeys,
  inAccount,
  inSystem,
  instanceMarkers,
  secrets,
} from '../../src/database/index.ts'
import {
  endRecovery,
  followRecovery,
  openWorkingKeys,
  recoverKeys,
  recoveryState,
  type WorkingKeys,
  type Wrapping,
} from '../../src/keys/index.ts'
import { allEvents, expect, type Issued, issued, newAccount, peek, type TestInstance, test } from '../support/index.ts'
import { newWrapping, settings, withoutKeys } from './signing-keys.ts'

beforeEach<{ db: Database }>(async ({ db }) => {
  await withoutKeys(db)
  await inSystem(db, (tx) => tx.delete(instanceMarkers))
  await inSystem(db, (tx) => tx.update(secrets).set({ expiresAt: new Date(0), replacedAt: new Date(0) }))
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => void vi.useRealTimers())

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
/** As a gateway that starts with these keys tells clients. */
async function started(db: Database, wrapping: Wrapping, instance: TestInstance) {
  const keys = await openWorkingKeys(db, wrapping, settings)
  const logs: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  const recovery = followRecovery(db, wrapping, keys, log)
  const own = {
    ...instance,
    secretMac: keys.secretMac,
    recovery: { isOn: recovery.isOn, slowHash: instance.slowHash },
  }
  const opens = async ({ app, clientSecret }: Issued) =>
    (await authenticateClient(db, own, app.clientId, clientSecret)) !== null
  return { keys, logs, isOn: recovery.isOn, instance: own, opens, [Symbol.asyncDispose]: recovery.close }
}

const newApp = async (db: Database, owner: Caller, instance: TestInstance) =>
  issued(await createApp(db, owner, { name: 'Billing', scopes: [] }, instance))

test('all keys are new, nothing but seals and MACs goes, and secrets get their MAC back at their first use', async ({
  db,
  instance,
}) => {
  const owner = await newAccount(db)
  const lost = newWrapping()
  await using before = await started(db, lost, instance)
  const app = await newApp(db, owner, before.instance)
  await inAccount(db, owner.accountId, (tx) =>
    tx.insert(idempotencyKeys).values({
      accountId: owner.accountId,
      actorId: owner.accountId,
      mutation: 'createApp',
      key: 'k',
      inputHash: randomBytes(32),
      createdAt: new Date(),
      sealedSecret: randomBytes(32),
    }),
  )
  const events = await allEvents(db, owner)

  const found = newWrapping()
  await expect(openWorkingKeys(db, found, settings)).rejects.toThrow('npm run keys -- recover')
  expect(await recoverKeys(db, found, settings)).toBe(1)
  await using after = await started(db, found, instance)
  const all = ({ secretMac, cursorMac, answerSeal, tokenSigning }: WorkingKeys) =>
    [secretMac, cursorMac, answerSeal, ...tokenSigning.map(({ bytes }) => bytes)].map(hexOf)
  expect(all(after.keys)).toHaveLength(5)
  expect(all(after.keys).filter((key) => all(before.keys).includes(key))).toEqual([])
  expect(await peek(db, 'select sealed_secret from idempotency_keys')).toEqual([{ sealed_secret: null }])
  expect(await allEvents(db, owner)).toEqual(events)
  expect(after.logs).toMatchObject([{ level: 40, since: expect.any(String) }])

  expect(await recoveryState(db, found)).toEqual({ since: expect.any(Date), isForged: false, waiting: 1 })
  expect(await after.opens(app)).toBe(true)
  expect(await recoveryState(db, found)).toMatchObject({ waiting: 0 })
  expect(await after.opens(app)).toBe(true)
  await expect(openWorkingKeys(db, lost, settings)).rejects.toThrow('ENCRYPTION_KEY is not the key')
})

test('whoever can write the tables alone turns no recovery on', async ({ db, instance }) => {
  const owner = await newAccount(db)
  const wrapping = newWrapping()
  await using gateway = await started(db, wrapping, instance)
  const app = await newApp(db, owner, gateway.instance)
  await inSystem(db, (tx) => tx.update(secrets).set({ mac: null }).where(sql`id = ${app.secret.id}::uuid`))
  expect(await gateway.opens(app)).toBe(false)

  // What the same instance or another one has sealed at other times, changed by a bit, made up, or in another row.
  await recoverKeys(db, wrapping, settings)
  const [old] = await inSystem(db, (tx) => tx.select().from(instanceMarkers))
  await recoverKeys(db, wrapping, settings)
  const [own] = await inSystem(db, (tx) => tx.select().from(instanceMarkers))
  if (!old || !own) throw new Error('There is no marker.')
  const flipped = own.sealed.with(14, (own.sealed[14] ?? 0) ^ 1)
  for (const sealed of [old.sealed, flipped, own.sealed.slice(0, -1), new Uint8Array(), randomBytes(52)]) {
    await inSystem(db, (tx) => tx.update(instanceMarkers).set({ sealed }))
    await using restarted = await started(db, wrapping, instance)
    expect([restarted.isOn(), await restarted.opens(app)]).toEqual([false, false])
    expect(restarted.logs).toMatchObject([{ level: 50, msg: expect.stringContaining('instance_markers') }])
    expect(await recoveryState(db, wrapping)).toMatchObject({ since: null, isForged: true })
  }
  await inSystem(db, (tx) => tx.update(instanceMarkers).set({ sealed: own.sealed, name: 'another' }))
  await using other = await started(db, wrapping, instance)
  expect([other.isOn(), await other.opens(app)]).toEqual([false, false])
  await inSystem(db, (tx) => tx.update(instanceMarkers).set({ name: 'recovery' }))
  await using right = await started(db, wrapping, instance)
  expect([right.isOn(), await right.opens(app)]).toEqual([true, true])
})

test('it ends by itself once every live secret has been shown or ended, and says so', async ({ db, instance }) => {
  const owner = await newAccount(db)
  await using before = await started(db, newWrapping(), instance)
  const [shown, rotated, deleted] = [
    await newApp(db, owner, before.instance),
    await newApp(db, owner, before.instance),
    await newApp(db, owner, before.instance),
  ]
  const wrapping = newWrapping()
  expect(await recoverKeys(db, wrapping, settings)).toBe(3)
  await using after = await started(db, wrapping, instance)
  expect(await after.opens(shown)).toBe(true)
  const rotation = await rotateSecret(db, owner, { appId: rotated.app.id, gracePeriod: 0 }, after.instance)
  expect(rotation.ok).toBe(true)
  expect(await endRecovery(db, wrapping)).toBe(false)
  expect(after.isOn()).toBe(true)
  await deleteApp(db, owner, { id: deleted.app.id })
  await vi.waitFor(
    () => {
      vi.advanceTimersByTime(5000)
      expect(after.isOn()).toBe(false)
    },
    { timeout: 10_000 },
  )
  expect(after.logs.at(-1)).toMatchObject({ level: 30, msg: 'the recovery is over' })
  expect(await peek(db, 'select * from instance_markers')).toEqual([])
  expect(await after.opens(shown)).toBe(true)
})

test('ended by hand, what was not shown opens nothing any more', async ({ db, instance }) => {
  const owner = await newAccount(db)
  await using before = await started(db, newWrapping(), instance)
  const app = await newApp(db, owner, before.instance)
  const wrapping = newWrapping()
  await recoverKeys(db, wrapping, settings)
  await using after = await started(db, wrapping, instance)
  expect(await endRecovery(db, wrapping, true)).toBe(true)
  expect(await endRecovery(db, wrapping, true)).toBe(false)
  await vi.waitFor(
    () => {
      vi.advanceTimersByTime(5000)
      expect(after.isOn()).toBe(false)
    },
    { timeout: 10_000 },
  )
  expect(await after.opens(app)).toBe(false)
})
