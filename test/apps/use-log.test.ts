import { sql } from 'drizzle-orm'
import { createUseLog, findApps, updateApp } from '../../src/apps/index.ts'
import { describe, expect, peek, read, test } from '../support/index.ts'
import { authenticated, letPass, rotated, secretsOf, use } from './secret-life.ts'

const fail = (error: unknown) => {
  throw error
}

describe('lastUsedAt', () => {
  test('of the current secret and of the app is written in batches, the latest use last', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const uses = createUseLog(db, fail)
    const first = await authenticated(db, instance, app, app.clientSecret)
    const second = await authenticated(db, instance, app, app.clientSecret)
    await uses.note(first, { issued: true, ip: '192.0.2.1' })
    await uses.note(second, { issued: true, ip: null })
    expect(await secretsOf(db, owner, app.app.id)).toMatchObject([{ lastUsedAt: null, lastUsedIp: null }])
    await uses.close()
    expect(await secretsOf(db, owner, app.app.id)).toMatchObject([{ lastUsedAt: second.now, lastUsedIp: null }])
    expect(await read(db, owner, (tx) => findApps(tx, owner, [app.app.id]))).toMatchObject([{ lastUsedAt: second.now }])
  })

  test('of the app counts tokens that were issued, of the secret every endpoint that it opened', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const uses = createUseLog(db, fail)
    const client = await authenticated(db, instance, app, app.clientSecret)
    await uses.note(client, { issued: false, ip: '192.0.2.1' })
    await uses.close()
    expect(await secretsOf(db, owner, app.app.id)).toMatchObject([{ lastUsedAt: client.now, lastUsedIp: '192.0.2.1' }])
    expect(await read(db, owner, (tx) => findApps(tx, owner, [app.app.id]))).toMatchObject([{ lastUsedAt: null }])
  })

  test('of an older secret is there as soon as the note returns', async ({ db, owner, app, instance }) => {
    await rotated(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
    const uses = createUseLog(db, fail)
    const client = await authenticated(db, instance, app, app.clientSecret)
    await uses.note(client, { issued: true, ip: '192.0.2.7' })
    const [, old] = await secretsOf(db, owner, app.app.id)
    expect(old).toMatchObject({ lastUsedAt: client.now, lastUsedIp: '192.0.2.7' })
    await uses.close()
  })

  test('of an older secret is written once a minute at most, also by many at once', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    await rotated(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
    const written = async () =>
      (
        await peek<{ version: string }>(
          db,
          sql`select xmin::text as version from secrets where id = ${app.secret.id}::uuid`,
        )
      )[0]?.version
    const uses = createUseLog(db, fail)
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => authenticated(db, instance, app, app.clientSecret)),
    )
    const [first, ...others] = clients
    if (!first) throw new Error('Nobody was authenticated.')
    await uses.note(first, { issued: true, ip: '192.0.2.1' })
    const once = await written()
    await Promise.all(others.map((client) => uses.note(client, { issued: true, ip: '192.0.2.2' })))
    await uses.note(await authenticated(db, instance, app, app.clientSecret), { issued: true, ip: '192.0.2.3' })
    expect(await written()).toBe(once)
    await letPass(db, app.app.id, 60)
    await uses.note(await authenticated(db, instance, app, app.clientSecret), { issued: true, ip: '192.0.2.4' })
    expect((await secretsOf(db, owner, app.app.id))[1]).toMatchObject({ lastUsedIp: '192.0.2.4' })
    await uses.close()
  })

  test('a batch that could not be written goes with the next', async ({ db, owner, app, instance }) => {
    const client = await authenticated(db, instance, app, app.clientSecret)
    const errors: unknown[] = []
    let broken = true
    const flaky = new Proxy(db, {
      get: (target, name, receiver) =>
        name === 'transaction' && broken
          ? () => Promise.reject(new Error('The database is away.'))
          : Reflect.get(target, name, receiver),
    })
    const uses = createUseLog(flaky, (error) => errors.push(error))
    await uses.note(client, { issued: true, ip: '192.0.2.1' })
    await uses.flush()
    expect(errors).toHaveLength(1)
    broken = false
    await uses.close()
    expect(await secretsOf(db, owner, app.app.id)).toMatchObject([{ lastUsedAt: client.now }])
  })
})

describe('safeToRevoke', () => {
  const HOUR = 3600
  const GRACE = { gracePeriod: 2_592_000 }

  test('a token lifetime and two minutes after the replacement, and not a second before', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    await rotated(db, owner, { appId: app.app.id, ...GRACE }, instance)
    const safe = async () => (await secretsOf(db, owner, app.app.id)).map(({ safeToRevoke }) => safeToRevoke)
    expect(await safe()).toEqual([false, false])
    await letPass(db, app.app.id, HOUR + 110)
    expect(await safe()).toEqual([false, false])
    await letPass(db, app.app.id, 10)
    expect(await safe()).toEqual([false, true])
  })

  test('anew after each use, at whatever endpoint', async ({ db, owner, app, instance }) => {
    await rotated(db, owner, { appId: app.app.id, ...GRACE }, instance)
    await letPass(db, app.app.id, HOUR + 120)
    await use(db, instance, app, app.clientSecret)
    const safe = async () => (await secretsOf(db, owner, app.app.id))[1]?.safeToRevoke
    expect(await safe()).toBe(false)
    await letPass(db, app.app.id, HOUR + 60)
    expect(await safe()).toBe(false)
    await letPass(db, app.app.id, 60)
    expect(await safe()).toBe(true)
  })

  test('counts the longest lifetime since: a raise after the last use puts it off', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    await rotated(db, owner, { appId: app.app.id, ...GRACE }, instance)
    await letPass(db, app.app.id, 600)
    await updateApp(db, owner, { id: app.app.id, tokenLifetime: 10 * HOUR }, instance.catalogue)
    await updateApp(db, owner, { id: app.app.id, tokenLifetime: 60 }, instance.catalogue)
    const safe = async () => (await secretsOf(db, owner, app.app.id))[1]?.safeToRevoke
    await letPass(db, app.app.id, 10 * HOUR - 600 + 60)
    expect(await safe()).toBe(false)
    await letPass(db, app.app.id, 60)
    expect(await safe()).toBe(true)
  })

  test('is not fooled by a lifetime that was cut just before the rotation', async ({ db, owner, app, instance }) => {
    await updateApp(db, owner, { id: app.app.id, tokenLifetime: 30 * 86_400 }, instance.catalogue)
    await use(db, instance, app, app.clientSecret) // a token that lives for 30 days is out there
    await updateApp(db, owner, { id: app.app.id, tokenLifetime: 60 }, instance.catalogue)
    await rotated(db, owner, { appId: app.app.id, ...GRACE }, instance)
    await letPass(db, app.app.id, HOUR)
    expect((await secretsOf(db, owner, app.app.id))[1]?.safeToRevoke).toBe(false)
  })

  test('is never said of the current secret, unused or not', async ({ db, owner, app }) => {
    await letPass(db, app.app.id, 365 * 86_400)
    expect((await secretsOf(db, owner, app.app.id))[0]?.safeToRevoke).toBe(false)
  })
})
