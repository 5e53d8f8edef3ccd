import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { deleteApp, findSecrets, listSecrets, revokeSecret, rotateSecret } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inSystem, secrets } from '../../src/database/index.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, type TestInstance, test } from '../support/index.ts'

const notFound = {
  ok: false,
  errors: [{ path: ['id'], code: 'NOT_FOUND', message: 'There is no such live secret in this account.' }],
}

async function rotated(db: Database, owner: Caller, appId: string, instance: TestInstance) {
  const result = await rotateSecret(db, owner, { appId, gracePeriod: 3600 }, instance)
  if (!result.ok) throw new Error('The secret was not rotated.')
  return result.value
}

test('an older secret ends at once, its row says that it was ended early, and the event its old end', async ({
  db,
  app,
  owner,
  instance,
}) => {
  const { secret, previousSecretExpiresAt } = await rotated(db, owner, app.app.id, instance)
  expect(await revokeSecret(db, owner, { id: app.secret.id })).toEqual({ ok: true, value: app.app })
  expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))).toEqual([[secret]])
  expect(await read(db, owner, (tx) => findSecrets(tx, owner, [app.secret.id, secret.id]))).toEqual([null, secret])

  const event = (await allEvents(db, owner)).at(-1)
  const end = event?.secretExpiresAt
  expect(event).toMatchObject({
    type: 'SECRET_REVOKED',
    occurredAt: end,
    appId: app.app.id,
    secretId: app.secret.id,
    secretHint: app.secret.hint,
    changes: [{ field: 'expiresAt', before: previousSecretExpiresAt?.toISOString(), after: end?.toISOString() }],
  })
  const [row] = await inSystem(db, (tx) => tx.select().from(secrets).where(sql`id = ${app.secret.id}::uuid`))
  expect(row).toMatchObject({ expiresAt: end, revokedAt: end, replacedAt: secret.createdAt })
})

test('the current secret is a CONFLICT, and stays', async ({ db, app, owner }) => {
  expect(await revokeSecret(db, owner, { id: app.secret.id })).toEqual({
    ok: false,
    errors: [
      {
        path: ['id'],
        code: 'CONFLICT',
        message: 'This is the current secret: rotate it, with a grace period of PT0S to end it at once.',
      },
    ],
  })
  expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))).toEqual([[app.secret]])
  expect(await allEvents(db, owner)).toHaveLength(1)
})

test('NOT_FOUND: unknown, revoked, expired, of a deleted app, of another account', async ({
  db,
  app,
  owner,
  instance,
}) => {
  const stranger = await newAccount(db)
  await rotated(db, owner, app.app.id, instance)
  expect(await revokeSecret(db, stranger, { id: app.secret.id })).toEqual(notFound)
  expect(await allEvents(db, stranger)).toEqual([])
  expect(await revokeSecret(db, owner, { id: randomUUIDv7() })).toEqual(notFound)

  const row = `select * from secrets where id = '${app.secret.id}'`
  const past = new Date(Date.now() - 1000)
  await inSystem(db, (tx) => tx.update(secrets).set({ expiresAt: past }).where(sql`id = ${app.secret.id}::uuid`))
  const expired = await peek(db, row)
  expect(await revokeSecret(db, owner, { id: app.secret.id })).toEqual(notFound)
  expect(await peek(db, row)).toEqual(expired)

  const third = await rotated(db, owner, app.app.id, instance)
  const [, second] = (await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id])))[0] ?? []
  expect(await revokeSecret(db, owner, { id: second?.id ?? '' })).toMatchObject({ ok: true })
  expect(await revokeSecret(db, owner, { id: second?.id ?? '' })).toEqual(notFound)

  await deleteApp(db, owner, { id: app.app.id })
  const before = await allEvents(db, owner)
  expect(await revokeSecret(db, owner, { id: third.secret.id })).toEqual(notFound)
  expect(await allEvents(db, owner)).toEqual(before)
})

test('FORBIDDEN to an auditor', async ({ db, app, owner, instance }) => {
  const auditor = await memberOf(db, owner, 'AUDITOR')
  const { secret } = await rotated(db, owner, app.app.id, instance)
  await expect(revokeSecret(db, auditor, { id: app.secret.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const [seen] = await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))
  expect(seen?.map(({ id }) => id)).toEqual([secret.id, app.secret.id])
})
