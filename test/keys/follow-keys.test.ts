import { afterEach, beforeEach, inject, vi } from 'vitest'
import { connectPostgres, type Database } from '../../src/database/index.ts'
import { openWorkingKeys, revokeSigningKey, rotateSigningKeys } from '../../src/keys/index.ts'
import { createSigningKeys } from '../../src/tokens/index.ts'
import { asGatewayRole, createPostgresDatabase, describe, expect, test } from '../support/index.ts'
import { DAY, daysLater, type Follower, follow, newWrapping, settings, withoutKeys } from './signing-keys.ts'

// Two seconds pass when a test says so, or as it waits.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())
beforeEach<{ db: Database }>(({ db }) => withoutKeys(db))
const soon = (check: () => void) => {
  vi.advanceTimersByTime(2000)
  return vi.waitFor(check, { timeout: 10_000 })
}

/** Counts the transactions that it begins. */
function counting(db: Database): { db: Database; count(): number } {
  let count = 0
  const transaction: Database['transaction'] = (...args) => {
    count += 1
    return db.transaction(...args)
  }
  return { db: Object.create(db, { transaction: { value: transaction } }) as Database, count: () => count }
}

test('when a key has taken over, another is published, and the one before stays', async ({ db }) => {
  await using follower = await follow(db, newWrapping())
  const [first, second] = follower.kids()
  expect(follower.kids()).toEqual([first, second])
  await daysLater(db, 30)
  await soon(() => expect(follower.kids()).toEqual([first, second, expect.any(String)]))
  const [, current, next] = follower.signing()
  expect((next?.signsFrom.getTime() ?? 0) - (current?.signsFrom.getTime() ?? 0)).toBe(30 * DAY * 1000)
  await soon(() => expect(follower.logs.at(-1)).toMatchObject({ signing: second, next: next?.kid }))
  await daysLater(db, 31)
  await soon(() => expect(follower.kids()).toEqual([second, next?.kid, expect.any(String)]))
})

test('at the instant of the database’s clock at which a key signs, it signs: no look is needed', async ({ db }) => {
  await using follower = await follow(db, newWrapping())
  const keys = createSigningKeys(follower)
  const [first, second] = follower.signing()
  const takesOver = second?.signsFrom.getTime() ?? 0
  const kidAt = (time: number) =>
    JSON.parse(Buffer.from(keys.current(new Date(time)).header, 'base64url').toString()).kid
  expect([kidAt(takesOver - 1), kidAt(takesOver)]).toEqual([first?.kid, second?.kid])
  expect(keys.jwks().keys.map(({ kid }) => kid)).toEqual([second?.kid, first?.kid])
})

test('a revoked key is gone five seconds later', async ({ db }) => {
  const wrapping = newWrapping()
  await using follower = await follow(db, wrapping)
  const keys = createSigningKeys(follower)
  const [current, next] = follower.kids()
  expect(await keys.find(current ?? '')).toMatchObject({ algorithm: 'ES256' })
  await revokeSigningKey(db, wrapping, settings, current ?? '')
  vi.advanceTimersByTime(5001)
  expect(await keys.find(current ?? '')).toBeNull()
  expect(await keys.find(next ?? '')).toMatchObject({ algorithm: 'ES256' })
})

test('a key that is not known is looked for at once, and those that nobody has once a second', async ({ db }) => {
  const wrapping = newWrapping()
  const counted = counting(db)
  await using follower = await follow(counted.db, wrapping)
  const keys = createSigningKeys(follower)
  await rotateSigningKeys(db, wrapping, settings)
  const made = await rotateSigningKeys(db, wrapping, settings)
  await using other = await follow(db, wrapping)
  const unknown = other.kids().at(-1) ?? ''
  expect([made.length, follower.kids().includes(unknown)]).toEqual([4, false])
  vi.advanceTimersByTime(1000)
  expect(await keys.find(unknown)).toMatchObject({ algorithm: 'ES256' })

  const before = counted.count()
  expect(await Promise.all(Array.from({ length: 50 }, () => keys.find('made up')))).toEqual(Array(50).fill(null))
  expect(counted.count() - before).toBe(0) // the look above was within this second
  vi.advanceTimersByTime(1000)
  expect(await Promise.all(Array.from({ length: 50 }, () => keys.find('made up')))).toEqual(Array(50).fill(null))
  expect(counted.count() - before).toBe(1)
})

test('where the database does not answer for five seconds, nothing is said of any key', async ({ db }) => {
  const wrapping = newWrapping()
  const { tokenSigning } = await openWorkingKeys(db, wrapping, settings)
  let failing = false
  const transaction: Database['transaction'] = (...args) =>
    failing ? Promise.reject(new Error('gone')) : db.transaction(...args)
  await using follower = await follow(Object.create(db, { transaction: { value: transaction } }) as Database, wrapping)
  const keys = createSigningKeys(follower)
  failing = true
  const kid = tokenSigning[0]?.kid ?? ''
  vi.advanceTimersByTime(4000)
  expect(await keys.find(kid)).not.toBeNull()
  vi.advanceTimersByTime(1001)
  await expect(keys.find(kid)).rejects.toMatchObject({ code: 'UNAVAILABLE', extensions: { retryAfter: 1 } })
  await expect(keys.find('made up')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  failing = false
  expect(await keys.find(kid)).not.toBeNull()
})

test('a key that this gateway cannot open is logged once; it goes on with the others, and follows revocations', async ({
  db,
}) => {
  const old = newWrapping()
  await using follower = await follow(db, old)
  const [first, second] = follower.kids()
  const changed = { current: newWrapping().current, previous: old.current } // rolled out in one step: not told here
  await openWorkingKeys(db, changed, settings)
  await rotateSigningKeys(db, changed, settings)
  const errors = () => follower.logs.filter(({ level }) => level === 50)
  await soon(() => expect(errors()).toHaveLength(1))
  expect(errors()[0]).toMatchObject({
    msg: 'a token signing key cannot be opened by this gateway',
    err: { message: expect.stringContaining('ENCRYPTION_KEY is not the key') },
  })
  expect(follower.kids()).toEqual([first, second])
  await revokeSigningKey(db, changed, settings, first ?? '')
  await soon(() => expect(follower.kids()).toEqual([second]))
  vi.advanceTimersByTime(6000)
  expect(errors()).toHaveLength(1)
})

test('in the middle of a roll-out a new key is wrapped as the others are, by whichever gateway makes it', async ({
  db,
}) => {
  const old = newWrapping()
  const next = newWrapping()
  await using firstStep = await follow(db, { current: old.current, previous: next.current })
  await openWorkingKeys(db, { current: next.current, previous: old.current }, settings) // the second step, elsewhere
  await daysLater(db, 30)
  await soon(() => expect(firstStep.kids()).toHaveLength(3))
  expect((await openWorkingKeys(db, next, settings)).tokenSigning).toHaveLength(3) // the old one is needed no more
})

describe.runIf(inject('engine') === 'postgres')('many gateways', () => {
  test('make one next key when it is due, and agree', async () => {
    await using database = await createPostgresDatabase()
    await using opened = new AsyncDisposableStack()
    const wrapping = newWrapping()
    const followers: (Follower & { db: Database })[] = []
    for (let count = 0; count < 4; count += 1) {
      const connection = connectPostgres(asGatewayRole(database.url), { max: 2 })
      opened.defer(connection.close)
      followers.push({ db: connection.db, ...opened.use(await follow(connection.db, wrapping)) })
    }
    const [one] = followers
    if (!one) throw new Error('There are no gateways.')
    for (let month = 1; month <= 5; month += 1) {
      const before = one.kids()
      await daysLater(one.db, 30)
      // All at the same moment.
      await soon(() => {
        expect(one.kids()).toHaveLength(Math.min(2 + month, 4))
        expect(one.kids().at(-1)).not.toBe(before.at(-1))
        for (const other of followers) expect(other.kids()).toEqual(one.kids())
      })
    }
  })

  test('rotate by hand at the same instant, one after the other', async () => {
    await using database = await createPostgresDatabase()
    await using opened = new AsyncDisposableStack()
    const wrapping = newWrapping()
    const connect = () => {
      const connection = connectPostgres(asGatewayRole(database.url), { max: 1 })
      opened.defer(connection.close)
      return connection.db
    }
    const db = connect()
    await openWorkingKeys(db, wrapping, settings)
    const four = [connect(), connect(), connect(), connect()]
    await Promise.all(four.map((session) => rotateSigningKeys(session, wrapping, settings)))
    const { tokenSigning } = await openWorkingKeys(db, wrapping, settings)
    expect(tokenSigning).toHaveLength(6)
    expect(new Set(tokenSigning.map(({ kid }) => kid)).size).toBe(6)
    expect(tokenSigning.filter(({ verifiesUntil }) => verifiesUntil === null)).toHaveLength(2)
  })
})
