import { sql } from 'drizzle-orm'
import { listSecrets, rotateSecret } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inSystem, secrets } from '../../src/database/index.ts'
import {
  allEvents,
  describe,
  expect,
  issued,
  memberOf,
  newAccount,
  peek,
  read,
  type TestInstance,
  test,
} from '../support/index.ts'

const secretsOf = async (db: Database, owner: Caller, appId: string) =>
  (await read(db, owner, (tx) => listSecrets(tx, owner, [appId])))[0]

async function rotate(db: Database, owner: Caller, appId: string, gracePeriod: number, instance: TestInstance) {
  return issued(await rotateSecret(db, owner, { appId, gracePeriod }, instance))
}

test('the old secret works until the grace period is over, and the event names both', async ({
  db,
  app,
  owner,
  instance,
}) => {
  const { app: before, secret: old } = app
  const {
    secret,
    clientSecret,
    previousSecretExpiresAt: end,
    ...rest
  } = await rotate(db, owner, before.id, 3600, instance)
  expect(rest).toEqual({ app: before, clientSecretJwe: null })
  expect(end).toEqual(new Date(secret.createdAt.getTime() + 3_600_000))
  expect(secret).toMatchObject({
    appId: before.id,
    status: 'CURRENT',
    current: true,
    replacedAt: null,
    expiresAt: null,
  })
  expect(secret.hint).toBe(clientSecret.slice(-4))
  const grace = { ...old, status: 'GRACE', current: false, replacedAt: secret.createdAt, expiresAt: end }
  expect(await secretsOf(db, owner, before.id)).toEqual([secret, grace])

  const [, event] = await allEvents(db, owner)
  expect(event).toMatchObject({
    type: 'SECRET_ROTATED',
    occurredAt: secret.createdAt,
    appId: before.id,
    resourceName: 'Billing',
    gracePeriod: 3600,
    graceStarts: 'NOW',
    secretId: old.id,
    secretHint: old.hint,
    secretExpiresAt: end,
    changes: [{ field: 'secret', before: { id: old.id, hint: old.hint }, after: { id: secret.id, hint: secret.hint } }],
  })
})

test('a rotation sets the end of the current secret and of no other', async ({ db, app, owner, instance }) => {
  const first = await rotate(db, owner, app.app.id, 60, instance)
  const second = await rotate(db, owner, app.app.id, 2_592_000, instance)
  const seen = await secretsOf(db, owner, app.app.id)
  expect(seen?.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
    [second.secret.id, null],
    [first.secret.id, second.previousSecretExpiresAt],
    [app.secret.id, first.previousSecretExpiresAt],
  ])
})

test('a sixth live secret is TOO_MANY_SECRETS; PT0S ends all older ones at once and frees their places', async ({
  db,
  app,
  owner,
  instance,
}) => {
  for (const _ of [1, 2, 3, 4]) await rotate(db, owner, app.app.id, 3600, instance)
  const five = await secretsOf(db, owner, app.app.id)
  const before = await allEvents(db, owner)
  const older = five
    ?.slice(1)
    .toReversed()
    .map(({ hint, expiresAt }) => `…${hint} (ends ${expiresAt?.toISOString()})`)
  expect(await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 1 }, instance)).toEqual({
    ok: false,
    errors: [
      {
        path: ['appId'],
        code: 'TOO_MANY_SECRETS',
        message: `5 secrets are live, which is the most. Revoke one of the older ones first: ${older?.join(', ')}.`,
      },
    ],
  })
  expect(await secretsOf(db, owner, app.app.id)).toEqual(five)
  expect(await allEvents(db, owner)).toEqual(before)

  const { secret, previousSecretExpiresAt } = await rotate(db, owner, app.app.id, 0, instance)
  expect(previousSecretExpiresAt).toEqual(secret.createdAt)
  expect(await secretsOf(db, owner, app.app.id)).toEqual([secret])
  const ended = `select id from secrets where app_id = '${app.app.id}' and revoked_at = expires_at and replaced_at is not null`
  expect((await peek(db, ended)).map(({ id }) => id).sort()).toEqual(five?.map(({ id }) => id).sort())
  const rotated = await allEvents(db, owner)
  expect(rotated.at(-1)).toMatchObject({ gracePeriod: 0, graceStarts: 'NOW', secretExpiresAt: secret.createdAt })
  for (const _ of [1, 2, 3, 4]) await rotate(db, owner, app.app.id, 3600, instance)
})

test('PT0S leaves the end of what ended before as it was', async ({ db, app, owner, instance }) => {
  await rotate(db, owner, app.app.id, 3600, instance)
  const [past, replaced] = [new Date('2026-01-02T00:00:00Z'), new Date('2026-01-01T00:00:00Z')]
  const old = sql`id = ${app.secret.id}::uuid`
  await inSystem(db, (tx) => tx.update(secrets).set({ expiresAt: past, replacedAt: replaced }).where(old))
  await rotate(db, owner, app.app.id, 0, instance)
  const [row] = await inSystem(db, (tx) => tx.select().from(secrets).where(old))
  expect(row).toMatchObject({ expiresAt: past, replacedAt: replaced, revokedAt: null })
})

test('a secret past its end holds no place among the five', async ({ db, app, owner, instance }) => {
  for (const _ of [1, 2, 3, 4]) await rotate(db, owner, app.app.id, 3600, instance)
  const past = new Date(Date.now() - 1000)
  await inSystem(db, (tx) => tx.update(secrets).set({ expiresAt: past }).where(sql`id = ${app.secret.id}::uuid`))
  await rotate(db, owner, app.app.id, 3600, instance)
  expect(await secretsOf(db, owner, app.app.id)).toHaveLength(5)
})

describe('refused, and nothing is written', () => {
  test.for([[2_592_001], [-1], [Number.NaN]])(
    'OUT_OF_RANGE: %d seconds',
    async ([gracePeriod = 0], { db, app, owner, instance }) => {
      const before = await allEvents(db, owner)
      expect(await rotateSecret(db, owner, { appId: app.app.id, gracePeriod }, instance)).toEqual({
        ok: false,
        errors: [
          {
            path: ['gracePeriod'],
            code: 'OUT_OF_RANGE',
            message: 'A grace period is 0 seconds (PT0S) to 30 days (P30D).',
          },
        ],
      })
      expect(await secretsOf(db, owner, app.app.id)).toEqual([app.secret])
      expect(await allEvents(db, owner)).toEqual(before)
    },
  )

  test("NOT_FOUND for another account's app, FORBIDDEN for an auditor", async ({ db, app, owner, instance }) => {
    const input = { appId: app.app.id, gracePeriod: 0 }
    const stranger = await newAccount(db)
    expect(await rotateSecret(db, stranger, input, instance)).toEqual({
      ok: false,
      errors: [{ path: ['appId'], code: 'NOT_FOUND', message: 'There is no such app in this account.' }],
    })
    const auditor = await memberOf(db, owner, 'AUDITOR')
    await expect(rotateSecret(db, auditor, input, instance)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await secretsOf(db, owner, app.app.id)).toEqual([app.secret])
  })
})
