import { type SQL, sql } from 'drizzle-orm'
import { createApp, recordExpiredSecrets, revokeSecret } from '../../src/apps/index.ts'
import { inSystem } from '../../src/database/index.ts'
import { allEvents, expect, newAccount, test } from '../support/index.ts'
import { letPass, rotated } from './secret-life.ts'

const fail = (error: unknown) => {
  throw error
}

test('a secret that stopped by the clock is told once, by the system, with its true end', async ({
  db,
  owner,
  app,
  instance,
}) => {
  const { secret, previousSecretExpiresAt } = await rotated(db, owner, { appId: app.app.id, gracePeriod: 60 }, instance)
  expect(await recordExpiredSecrets(db, fail)).toEqual(new Set())
  await letPass(db, app.app.id, 3600)
  expect(await recordExpiredSecrets(db, fail)).toEqual(new Set([owner.accountId]))
  expect(await recordExpiredSecrets(db, fail)).toEqual(new Set())
  const [, , event, ...others] = await allEvents(db, owner)
  expect(others).toEqual([])
  expect(event).toMatchObject({
    type: 'SECRET_EXPIRED',
    actor: { type: 'SYSTEM', id: null, name: 'system' },
    source: 'SYSTEM',
    appId: app.app.id,
    resourceName: 'Billing',
    secretId: app.secret.id,
    secretHint: app.secret.hint,
    secretExpiresAt: new Date(previousSecretExpiresAt.getTime() - 3_600_000),
  })
  expect(event?.occurredAt.getTime()).toBeGreaterThanOrEqual(secret.createdAt.getTime())
})

test('four sweeps at once tell each of many ends once', async ({ db, owner, app, instance }) => {
  for (const gracePeriod of [60, 61, 62, 63]) await rotated(db, owner, { appId: app.app.id, gracePeriod }, instance)
  await letPass(db, app.app.id, 3600)
  const sweep = () => recordExpiredSecrets(db, fail)
  await Promise.all([sweep(), sweep(), sweep(), sweep()])
  const ended = (await allEvents(db, owner)).filter(({ type }) => type === 'SECRET_EXPIRED')
  expect(new Set(ended.map(({ secretId }) => secretId)).size).toBe(4)
  expect(ended).toHaveLength(4)
})

test('what was ended otherwise gets none', async ({ db, owner, app, instance }) => {
  const appId = app.app.id
  await rotated(db, owner, { appId, gracePeriod: 3600 }, instance)
  await revokeSecret(db, owner, { id: app.secret.id })
  await rotated(db, owner, { appId, gracePeriod: 0 }, instance)
  await letPass(db, appId, 7200)
  await recordExpiredSecrets(db, fail)
  expect((await allEvents(db, owner)).filter(({ type }) => type === 'SECRET_EXPIRED')).toEqual([])
})

test('what waited 30 days for a first use in vain is told like any other', async ({ db, owner, app, instance }) => {
  const input = { appId: app.app.id, gracePeriod: 60, graceStarts: 'FIRST_USE' as const }
  await rotated(db, owner, input, instance)
  await letPass(db, app.app.id, 2_592_000)
  await recordExpiredSecrets(db, fail)
  expect((await allEvents(db, owner)).at(-1)).toMatchObject({ type: 'SECRET_EXPIRED', secretId: app.secret.id })
})

test('one account’s trouble holds up no other, and is tried again', async ({ db, instance }) => {
  const [troubled, other] = [await newAccount(db), await newAccount(db)]
  for (const owner of [troubled, other]) {
    const made = await createApp(db, owner, { name: 'Billing', scopes: [] }, instance)
    if (!made.ok) throw new Error('The app was not made.')
    await rotated(db, owner, { appId: made.value.app.id, gracePeriod: 60 }, instance)
    await letPass(db, made.value.app.id, 3600)
  }
  const hint = (text: SQL) =>
    inSystem(db, (tx) =>
      tx.execute(sql`update secrets set hint = ${text} where account_id = ${troubled.accountId}::uuid`),
    )
  await hint(sql`repeat('x', 300000)`) // longer than a record may be
  const errors: unknown[] = []
  expect(await recordExpiredSecrets(db, (error) => errors.push(error))).toEqual(new Set([other.accountId]))
  expect(errors).toHaveLength(1)
  await hint(sql`'xxxx'`)
  expect(await recordExpiredSecrets(db, fail)).toEqual(new Set([troubled.accountId]))
})
