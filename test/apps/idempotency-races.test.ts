import { inject } from 'vitest'
import { createApp, deleteApp, rotateSecret, sweepIdempotencyKeys } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, atOnce, describe, expect, issued, memberOf, newAccount, peek, test } from '../support/index.ts'

const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8]
const billing = { name: 'Billing', scopes: [], idempotencyKey: 'one' }
const typesOf = async (db: Database, owner: Caller) => (await allEvents(db, owner)).map(({ type }) => type)

describe.runIf(inject('engine') === 'postgres')('at the same instant', () => {
  test('eight createApp with one key make one app, and answer the same eight times', async ({
    db,
    owner,
    instance,
  }) => {
    const racing = atOnce(instance, 8)
    const results = await Promise.all(EIGHT.map(() => createApp(db, owner, billing, racing)))
    const first = issued(results[0] ?? { ok: false, errors: [] })
    expect(results).toEqual(EIGHT.map(() => ({ ok: true, value: first })))
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED'])
    expect(await peek(db, `select id from secrets where account_id = '${owner.accountId}'`)).toEqual([
      { id: first.secret.id },
    ])
  })

  test('eight rotateSecret with one key rotate once, and answer the same eight times', async ({
    db,
    owner,
    app,
    instance,
  }) => {
    const racing = atOnce(instance, 8)
    const input = { appId: app.app.id, gracePeriod: 0, idempotencyKey: 'one' }
    const results = await Promise.all(EIGHT.map(() => rotateSecret(db, owner, input, racing)))
    expect(new Set(results.map((result) => issued(result).clientSecret)).size).toBe(1)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'SECRET_ROTATED'])
  })

  test('of eight inputs under one key one is done, and seven are told so', async ({ db, owner, instance }) => {
    const racing = atOnce(instance, 8)
    const create = (number: number) => createApp(db, owner, { ...billing, name: `Billing ${number}` }, racing)
    const results = await Promise.all(EIGHT.map(create))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(results.flatMap((result) => (result.ok ? [] : result.errors.map(({ code }) => code)))).toEqual(
      Array(7).fill('IDEMPOTENCY_KEY_REUSED'),
    )
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED'])
  })

  test('who waited for one that was refused does it itself', async ({ db, owner, app, instance }) => {
    const racing = atOnce(instance, 8)
    const input = { appId: crypto.randomUUID(), gracePeriod: 0, idempotencyKey: 'one' }
    const right = { ...input, appId: app.app.id }
    const rotate = (number: number) => rotateSecret(db, owner, number % 2 ? input : right, racing)
    const results = await Promise.all(EIGHT.map(rotate))
    const [refused, done] = [results.filter(({ ok }) => !ok), results.filter(({ ok }) => ok)]
    expect(new Set(done.map((result) => issued(result).clientSecret)).size).toBe(1)
    expect(done).toHaveLength(4)
    for (const result of refused)
      expect(['NOT_FOUND', 'IDEMPOTENCY_KEY_REUSED']).toContain(result.ok ? '' : result.errors[0]?.code)
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'SECRET_ROTATED'])
  })

  test('the same key of four people and accounts makes four apps', async ({ db, owner, instance }) => {
    const developer = await memberOf(db, owner, 'DEVELOPER')
    const callers = [owner, developer, await newAccount(db), await newAccount(db)]
    const racing = atOnce(instance, 4)
    const results = await Promise.all(callers.map((one) => createApp(db, one, billing, racing)))
    expect(new Set(results.map((result) => issued(result).app.id)).size).toBe(4)
  })

  test('a deletion and sweeps among them leave nothing half done', async ({ db, owner, app, instance }) => {
    const racing = atOnce(instance, 4)
    const input = { appId: app.app.id, gracePeriod: 60, idempotencyKey: 'one' }
    const rotations = [1, 2, 3, 4].map(() => rotateSecret(db, owner, input, racing))
    const [deleted] = await Promise.all([
      rotations[0]?.then(() => deleteApp(db, owner, { id: app.app.id })),
      sweepIdempotencyKeys(db),
      sweepIdempotencyKeys(db),
    ])
    expect(deleted).toEqual({ ok: true, value: app.app.id })
    for (const result of await Promise.all(rotations))
      if (!result.ok) expect(result.errors).toMatchObject([{ code: 'NOT_FOUND' }])
    expect(await typesOf(db, owner)).toEqual(['APP_CREATED', 'SECRET_ROTATED', 'APP_DELETED'])
  })
})
