import { inject } from 'vitest'
import {
  authenticateClient,
  deleteApp,
  findAppsEver,
  listSecrets,
  revokeSecret,
  rotateSecret,
  updateApp,
} from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, atOnce, describe, expect, issued, peek, read, test } from '../support/index.ts'

const eventsOf = async (db: Database, owner: Caller) => {
  const events = await allEvents(db, owner)
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1)) // without a gap
  return events.map(({ type }) => type)
}

describe.runIf(inject('engine') === 'postgres')('at the same instant', () => {
  test('four rotations all succeed, and no secret is lost', async ({ db, app, owner, instance }) => {
    const racing = atOnce(instance, 4)
    const rotate = () => rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, racing)
    const results = await Promise.all([rotate(), rotate(), rotate(), rotate()])
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true])
    const [secrets] = await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))
    expect(secrets?.map(({ status }) => status)).toEqual(['CURRENT', 'GRACE', 'GRACE', 'GRACE', 'GRACE'])
    for (const result of results) {
      const { clientSecret } = issued(result)
      expect(await authenticateClient(db, instance, app.app.clientId, clientSecret)).not.toBeNull()
    }
    expect(await eventsOf(db, owner)).toEqual(['APP_CREATED', ...Array(4).fill('SECRET_ROTATED')])
  })

  test('of eight rotations with a grace period four find a place', async ({ db, app, owner, instance }) => {
    const racing = atOnce(instance, 8)
    const rotate = () => rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, racing)
    const results = await Promise.all(Array.from({ length: 8 }, rotate))
    expect(results.filter(({ ok }) => ok)).toHaveLength(4)
    expect(results.flatMap((result) => (result.ok ? [] : result.errors.map(({ code }) => code)))).toEqual(
      Array(4).fill('TOO_MANY_SECRETS'),
    )
    const [secrets] = await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))
    expect(secrets).toHaveLength(5)
    expect(await eventsOf(db, owner)).toHaveLength(5)
  })

  test('rotations and a deletion: the app is gone, and no secret outlives it', async ({ db, app, owner, instance }) => {
    const racing = atOnce(instance, 4)
    const rotate = () => rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, racing)
    const rotations = [rotate(), rotate(), rotate(), rotate()]
    await rotations[0] // the others are at their locks by now
    const deleted = await deleteApp(db, owner, { id: app.app.id })
    const results = await Promise.all(rotations)

    expect(deleted).toEqual({ ok: true, value: app.app.id })
    expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))).toEqual([[]])
    const live = `select id from secrets where app_id = '${app.app.id}' and revoked_at is null`
    expect(await peek(db, live)).toEqual([])
    for (const result of results)
      if (result.ok)
        expect(await authenticateClient(db, instance, app.app.clientId, issued(result).clientSecret)).toBeNull()
      else expect(result.errors).toMatchObject([{ code: 'NOT_FOUND' }])
    const types = await eventsOf(db, owner)
    expect(types.at(-1)).toBe('APP_DELETED')
    expect(types).toHaveLength(2 + results.filter(({ ok }) => ok).length)
  })

  test('four deletions: one deletes', async ({ db, app, owner }) => {
    const results = await Promise.all(Array.from({ length: 4 }, () => deleteApp(db, owner, { id: app.app.id })))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await eventsOf(db, owner)).toEqual(['APP_CREATED', 'APP_DELETED'])
  })

  test('four revocations of one secret among rotations: one revokes, and it stays ended', async ({
    db,
    app,
    owner,
    instance,
  }) => {
    await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, instance)
    const racing = atOnce(instance, 2)
    const rotate = () => rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, racing)
    const revoke = () => revokeSecret(db, owner, { id: app.secret.id })
    const rotations = [rotate(), rotate()]
    await rotations[0]
    const revocations = await Promise.all([revoke(), revoke(), revoke(), revoke()])
    await Promise.all(rotations)
    expect(revocations.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await authenticateClient(db, instance, app.app.clientId, app.clientSecret)).toBeNull()
    const [secrets] = await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))
    expect(secrets).toHaveLength(3)
    expect((await eventsOf(db, owner)).filter((type) => type === 'SECRET_REVOKED')).toHaveLength(1)
  })

  test('four updates with ifUpdatedAt: one is written', async ({ db, app: { app }, owner, instance }) => {
    const update = (name: string) =>
      updateApp(db, owner, { id: app.id, name, ifUpdatedAt: app.updatedAt }, instance.catalogue)
    const results = await Promise.all(['a', 'b', 'c', 'd'].map(update))
    const [written, ...others] = results.filter(({ ok }) => ok)
    expect(others).toEqual([])
    const [now] = await read(db, owner, (tx) => findAppsEver(tx, owner, [app.id], 'apps/read'))
    expect(written).toEqual({ ok: true, value: now })
    for (const result of results) if (!result.ok) expect(result.found).toEqual(now)
    expect(await eventsOf(db, owner)).toEqual(['APP_CREATED', 'APP_UPDATED'])
  })
})
