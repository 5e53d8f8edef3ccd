import { randomUUIDv7 } from 'node:crypto'
import { inject } from 'vitest'
import {
  createApp,
  findAppByClientId,
  findAppKeys,
  findApps,
  findSecrets,
  listAppKeys,
  listSecrets,
  type RotateSecret,
  revokeSecret,
  rotateSecret,
  setSecretEnabled,
  updateApp,
} from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { appKeys, type Database, inAccount } from '../../src/database/index.ts'
import {
  allEvents,
  atOnce,
  describe,
  expect,
  type Issued,
  issued,
  read,
  type TestInstance,
  test,
} from '../support/index.ts'

const SELF = '/chatelaine/apps.self/rotate-secret'
const listServices = '/twilio/messaging/services/list'
const TEN_MINUTES = 600

/** A new app that may rotate its own secret. */
const newRobot = async (db: Database, owner: Caller, instance: TestInstance, scopes = [SELF, listServices]) =>
  issued(await createApp(db, owner, { name: 'Robot', scopes }, instance))

/** The app as it asks with a token made with that secret or key, narrowed where scopes are given. */
function asItself(owner: Caller, robot: Issued, scopes = robot.app.scopes, credential?: Caller['credential']): Caller {
  return {
    ...owner,
    actor: { type: 'APP', id: robot.app.id, name: robot.app.name },
    role: null,
    permissions: new Set(['apps.self/rotate-secret']),
    scopes,
    credential: credential ?? { type: 'secret', id: robot.secret.id },
  }
}

async function newKey(db: Database, owner: Caller, appId: string): Promise<{ type: 'key'; id: string }> {
  const id = randomUUIDv7()
  const key = {
    kid: null,
    algorithm: 'ES256',
    thumbprint: id,
    jwk: {},
    createdAt: new Date(),
    createdByType: 'USER',
  } as const
  await inAccount(db, owner.accountId, (tx) =>
    tx.insert(appKeys).values({ ...key, accountId: owner.accountId, id, appId }),
  )
  return { type: 'key', id }
}

const rotation = ({ app }: Issued, more: Partial<RotateSecret> = {}) => ({
  appId: app.id,
  gracePeriod: TEN_MINUTES,
  ...more,
})
const notFirm = {
  code: 'FORBIDDEN',
  message: 'An app rotates its own secret with a token made with its current secret, or with a key of its own.',
}
const needs = (permission: string) => ({ code: 'FORBIDDEN', message: `This needs the permission ${permission}.` })

test('an app rotates its own secret, and the event and the secret name it', async ({ db, owner, instance }) => {
  const robot = await newRobot(db, owner, instance)
  const { secret } = issued(await rotateSecret(db, asItself(owner, robot), rotation(robot), instance))
  expect(secret.createdBy).toEqual({ type: 'APP', id: robot.app.id })
  expect((await allEvents(db, owner)).at(-1)).toMatchObject({
    type: 'SECRET_ROTATED',
    actor: { type: 'APP', id: robot.app.id },
    gracePeriod: TEN_MINUTES,
    secretId: robot.secret.id,
  })
})

test('with a grace period below 10 minutes it is OUT_OF_RANGE', async ({ db, owner, instance }) => {
  const robot = await newRobot(db, owner, instance)
  for (const gracePeriod of [0, 599])
    for (const graceStarts of ['NOW', 'FIRST_USE'] as const)
      expect(
        await rotateSecret(db, asItself(owner, robot), rotation(robot, { gracePeriod, graceStarts }), instance),
      ).toEqual({
        ok: false,
        errors: [
          {
            path: ['gracePeriod'],
            code: 'OUT_OF_RANGE',
            message: 'A grace period of an app that rotates its own secret is 10 minutes (PT10M) to 30 days (P30D).',
          },
        ],
      })
})

describe('what an app rotates its own secret with', () => {
  test('not a secret in its grace period', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    await rotateSecret(db, owner, rotation(robot), instance)
    const before = await allEvents(db, owner)
    await expect(rotateSecret(db, asItself(owner, robot), rotation(robot), instance)).rejects.toMatchObject(notFirm)
    expect(await allEvents(db, owner)).toEqual(before)
  })

  test('not a secret that was switched off, nor in an app that was, since the token was checked', async ({
    db,
    owner,
    instance,
  }) => {
    const robot = await newRobot(db, owner, instance)
    const rotate = () => rotateSecret(db, asItself(owner, robot), rotation(robot), instance)
    await setSecretEnabled(db, owner, { id: robot.secret.id, enabled: false })
    await expect(rotate()).rejects.toMatchObject(notFirm)
    await setSecretEnabled(db, owner, { id: robot.secret.id, enabled: true })
    await updateApp(db, owner, { id: robot.app.id, status: 'DISABLED' }, instance.catalogue)
    await expect(rotate()).rejects.toMatchObject(notFirm)
    await updateApp(db, owner, { id: robot.app.id, status: 'ACTIVE' }, instance.catalogue)
    expect(await rotate()).toMatchObject({ ok: true })
  })

  test('a key of its own, until it is removed', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const [own, foreign] = [await newKey(db, owner, robot.app.id), await newKey(db, owner, randomUUIDv7())]
    const rotate = (key: { type: 'key'; id: string }) =>
      rotateSecret(db, asItself(owner, robot, robot.app.scopes, key), rotation(robot), instance)
    await expect(rotate(foreign)).rejects.toMatchObject(notFirm)
    expect(await rotate(own)).toMatchObject({ ok: true })
    expect(await rotate(own)).toMatchObject({ ok: true }) // it is no secret, so no rotation makes it an old one
    await inAccount(db, owner.accountId, (tx) => tx.delete(appKeys))
    await expect(rotate(own)).rejects.toMatchObject(notFirm)
  })

  test('not a token that was narrowed, unless it holds all that the app does', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    await expect(rotateSecret(db, asItself(owner, robot, [SELF]), rotation(robot), instance)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: `You cannot give away what you do not hold yourself: ${listServices}.`,
    })
    const plain = await newRobot(db, owner, instance, [SELF])
    expect(await rotateSecret(db, asItself(owner, plain, [SELF]), rotation(plain), instance)).toMatchObject({
      ok: true,
    })
  })

  test('not a token from before the app got a scope', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const scopes = [...robot.app.scopes, '/chatelaine/apps/list']
    await updateApp(db, owner, { id: robot.app.id, scopes }, instance.catalogue)
    await expect(rotateSecret(db, asItself(owner, robot), rotation(robot), instance)).rejects.toMatchObject({
      message: 'You cannot give away what you do not hold yourself: /chatelaine/apps/list.',
    })
  })
})

describe('a lost answer is fetched again with the token that stands on the old secret by now', () => {
  test('under the same idempotency key, and under no other', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const rotate = (idempotencyKey?: string) =>
      rotateSecret(db, asItself(owner, robot), rotation(robot, { idempotencyKey }), instance)
    const first = issued(await rotate('deploy-1'))
    expect(issued(await rotate('deploy-1')).clientSecret).toBe(first.clientSecret)
    await expect(rotate('deploy-2')).rejects.toMatchObject(notFirm)
    await expect(rotate()).rejects.toMatchObject(notFirm)
    const withNewSecret = { ...robot, secret: first.secret }
    const again = await rotateSecret(
      db,
      asItself(owner, withNewSecret),
      rotation(robot, { idempotencyKey: 'deploy-1' }),
      instance,
    )
    expect(issued(again).clientSecret).toBe(first.clientSecret)
    expect((await allEvents(db, owner)).map(({ type }) => type)).toEqual(['APP_CREATED', 'SECRET_ROTATED'])
  })

  test('but not with a token that was narrowed', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const input = rotation(robot, { idempotencyKey: 'deploy-1' })
    await rotateSecret(db, asItself(owner, robot), input, instance)
    await expect(rotateSecret(db, asItself(owner, robot, [SELF]), input, instance)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })
})

describe('of itself an app reads, and of no other', () => {
  test('apps and secrets', async ({ db, owner, app, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const [self, { id, clientId }] = [asItself(owner, robot), robot.app]
    const [key, otherKey] = [await newKey(db, owner, id), await newKey(db, owner, app.app.id)]
    expect(await read(db, self, (tx) => findApps(tx, self, [id]))).toEqual([robot.app])
    expect(await read(db, self, (tx) => findAppByClientId(tx, self, clientId))).toEqual(robot.app)
    expect(await read(db, self, (tx) => listSecrets(tx, self, [id]))).toEqual([[robot.secret]])
    expect(await read(db, self, (tx) => findSecrets(tx, self, [robot.secret.id]))).toEqual([robot.secret])

    const [keys] = await read(db, self, (tx) => listAppKeys(tx, self, [id]))
    expect(keys).toMatchObject([{ id: key.id }])
    expect(await read(db, self, (tx) => findAppKeys(tx, self, [key.id]))).toEqual(keys)

    const unknown = randomUUIDv7()
    for (const other of [app.app.id, unknown]) {
      await expect(read(db, self, (tx) => findApps(tx, self, [id, other]))).rejects.toMatchObject(needs('apps/read'))
      await expect(read(db, self, (tx) => listSecrets(tx, self, [other]))).rejects.toMatchObject(needs('apps/read'))
      await expect(read(db, self, (tx) => listAppKeys(tx, self, [other]))).rejects.toMatchObject(needs('apps/read'))
    }
    for (const other of [app.app.clientId, 'ch_unknown'])
      await expect(read(db, self, (tx) => findAppByClientId(tx, self, other))).rejects.toMatchObject(needs('apps/read'))
    for (const other of [otherKey.id, unknown])
      await expect(read(db, self, (tx) => findAppKeys(tx, self, [key.id, other]))).rejects.toMatchObject(
        needs('apps/read'),
      )
    for (const other of [app.secret.id, unknown])
      await expect(read(db, self, (tx) => findSecrets(tx, self, [robot.secret.id, other]))).rejects.toMatchObject(
        needs('apps/read'),
      )
  })

  test('an own secret that has ended is null, as for anybody', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    await rotateSecret(db, owner, rotation(robot, { gracePeriod: 0 }), instance)
    const self = asItself(owner, robot)
    expect(await read(db, self, (tx) => findSecrets(tx, self, [robot.secret.id]))).toEqual([null])
  })
})

describe('an app ends its own secrets that are in their grace period, and no others', () => {
  test('its own', async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const self = asItself(owner, robot)
    const { secret } = issued(await rotateSecret(db, self, rotation(robot), instance))
    expect(await revokeSecret(db, self, { id: secret.id })).toMatchObject({ errors: [{ code: 'CONFLICT' }] })
    await setSecretEnabled(db, owner, { id: robot.secret.id, enabled: false })
    await expect(revokeSecret(db, self, { id: robot.secret.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await setSecretEnabled(db, owner, { id: robot.secret.id, enabled: true })
    expect(await revokeSecret(db, self, { id: robot.secret.id })).toMatchObject({ ok: true })
    expect(await revokeSecret(db, self, { id: robot.secret.id })).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] })
  })

  test("not another app's, nor one that there is not", async ({ db, owner, app, instance }) => {
    const self = asItself(owner, await newRobot(db, owner, instance))
    await rotateSecret(db, owner, rotation(app), instance)
    for (const id of [app.secret.id, randomUUIDv7()])
      await expect(revokeSecret(db, self, { id })).rejects.toMatchObject(needs('apps/rotate-secret'))
    await expect(rotateSecret(db, self, rotation(app), instance)).rejects.toMatchObject(needs('apps/rotate-secret'))
  })
})

test.runIf(inject('engine') === 'postgres')(
  'of eight self-rotations at the same instant with one token one succeeds: seven stand on the old secret by then',
  async ({ db, owner, instance }) => {
    const robot = await newRobot(db, owner, instance)
    const racing = atOnce(instance, 8)
    const rotate = () => rotateSecret(db, asItself(owner, robot), rotation(robot), racing)
    const settled = await Promise.allSettled(Array.from({ length: 8 }, rotate))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).toMatchObject(notFirm)
    expect(await allEvents(db, owner)).toHaveLength(2)
  },
)
