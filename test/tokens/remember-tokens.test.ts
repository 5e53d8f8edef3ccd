import { afterEach, beforeEach, vi } from 'vitest'
import { authenticateClient, createApp, revokeTokens, updateApp } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, DatabaseUnavailable } from '../../src/database/index.ts'
import { type Issuer, type RememberedTokens, rememberTokens, signAccessToken } from '../../src/tokens/index.ts'
import { expect, issued, newAccount, newSigningKeys, type TestInstance, test } from '../support/index.ts'

const URL = 'https://chatelaine.example.com'
const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'
const SECOND = 1000

// A second passes when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

type Remembering = AsyncDisposable & {
  tokens: RememberedTokens
  /** Of one app, as many as are asked for. @param now when it is issued */
  newToken(now?: Date): Promise<string>
  appId: string
  errors: unknown[]
  keyIsGone(): void
}

async function remembering(
  db: Database,
  owner: Caller,
  instance: TestInstance,
  catalogue = instance.catalogue,
): Promise<Remembering> {
  const { keys } = newSigningKeys()
  let isGone = false
  const find: Issuer['keys']['find'] = async (kid) => (isGone ? null : keys.find(kid))
  const issuer: Issuer = { url: URL, resources: [URL], keys: { ...keys, find } }
  const made = issued(await createApp(db, owner, { name: 'Robot', scopes: [LIST, READ] }, instance))
  const authenticated = async () => {
    const client = await authenticateClient(db, instance, made.app.clientId, made.clientSecret)
    if (!client) throw new Error('The client was not found.')
    return client
  }
  const errors: unknown[] = []
  const tokens = rememberTokens(db, issuer, catalogue, (error) => void errors.push(error))
  return {
    tokens,
    async newToken(now) {
      const client = await authenticated()
      return signAccessToken(issuer, { ...client, now: now ?? client.now }, URL, [LIST, READ])
    },
    appId: made.app.id,
    errors,
    keyIsGone: () => {
      isGone = true
    },
    [Symbol.asyncDispose]: () => tokens.close(),
  }
}

/** A database in which no transaction can be begun any more once it is broken. */
function breakable(db: Database): { db: Database; broken: boolean } {
  const transaction: Database['transaction'] = async (...args) => {
    if (own.broken) throw new DatabaseUnavailable('Gone.')
    return db.transaction(...args)
  }
  const own = { db: Object.create(db, { transaction: { value: transaction } }) as Database, broken: false }
  return own
}

const revoke = (db: Database, owner: Caller, appId: string) => revokeTokens(db, owner, { appId })

test('a token that holds is told with all that it stands for, and again without the database', async ({
  db,
  owner,
  instance,
}) => {
  const own = breakable(db)
  await using robot = await remembering(own.db, owner, instance)
  const token = await robot.newToken()
  const first = await robot.tokens.check(token)
  expect(first).toMatchObject({ accountId: owner.accountId, appId: robot.appId, audience: URL, scopes: [LIST, READ] })
  own.broken = true
  vi.advanceTimersByTime(500)
  expect(await robot.tokens.check(token)).toEqual(first)
})

test('what is no token of ours is null, as often as it is asked', async ({ db, owner, instance }) => {
  await using robot = await remembering(db, owner, instance)
  const token = await robot.newToken()
  for (const wrong of ['', 'x.y.z', `${token}x`, token.slice(0, -4), token, `${token}x`])
    expect([wrong, (await robot.tokens.check(wrong)) !== null]).toEqual([wrong, wrong === token])
})

test('what is heard of an account is asked about before the next answer', async ({ db, owner, instance }) => {
  await using robot = await remembering(db, owner, instance)
  const token = await robot.newToken()
  await robot.tokens.check(token)
  await revoke(db, owner, robot.appId)
  expect(await robot.tokens.check(token)).not.toBeNull() // nobody has told, and no second has passed
  robot.tokens.heard(owner.accountId)
  expect(await robot.tokens.check(token)).toBeNull()
})

test('what nobody has told is known by the reading of every second', async ({ db, owner, instance }) => {
  await using robot = await remembering(db, owner, instance)
  const other = await newAccount(db)
  await using ofOther = await remembering(db, other, instance)
  const [token, kept] = [await robot.newToken(), await ofOther.newToken()]
  await robot.tokens.check(token)
  await ofOther.tokens.check(kept)
  await revoke(db, owner, robot.appId)
  vi.advanceTimersByTime(SECOND)
  await vi.waitFor(async () => expect(await robot.tokens.check(token)).toBeNull(), { timeout: 10_000 })
  expect(await ofOther.tokens.check(kept)).not.toBeNull()
})

test('where the last reading is older than two seconds, the database is asked, and without it nothing passes', async ({
  db,
  owner,
  instance,
}) => {
  const own = breakable(db)
  await using robot = await remembering(own.db, owner, instance)
  const token = await robot.newToken()
  await robot.tokens.check(token)
  own.broken = true
  vi.advanceTimersByTime(SECOND)
  await vi.waitFor(() => expect(robot.errors).toHaveLength(1)) // the reading of every second failed
  expect(await robot.tokens.check(token)).not.toBeNull()
  vi.advanceTimersByTime(SECOND + 1)
  await expect(robot.tokens.check(token)).rejects.toThrow(DatabaseUnavailable)
  own.broken = false
  expect(await robot.tokens.check(token)).not.toBeNull()
  await revoke(db, owner, robot.appId)
  vi.advanceTimersByTime(2 * SECOND + 1)
  expect(await robot.tokens.check(token)).toBeNull()
})

test('what was heard cannot be answered without the database either', async ({ db, owner, instance }) => {
  const own = breakable(db)
  await using robot = await remembering(own.db, owner, instance)
  const token = await robot.newToken()
  await robot.tokens.check(token)
  own.broken = true
  robot.tokens.heard(owner.accountId)
  await expect(robot.tokens.check(token)).rejects.toThrow(DatabaseUnavailable)
})

test('a scope taken from the app is gone, and one that the catalogue has lost was never there', async ({
  db,
  owner,
  instance,
}) => {
  const { catalogue } = instance
  const without = { ...catalogue, scope: (name: string) => (name === LIST ? null : catalogue.scope(name)) }
  await using robot = await remembering(db, owner, instance)
  await using later = await remembering(db, owner, instance, without)
  const token = await robot.newToken()
  expect((await robot.tokens.check(token))?.scopes).toEqual([LIST, READ])
  expect((await later.tokens.check(await later.newToken()))?.scopes).toEqual([READ])
  await updateApp(db, owner, { id: robot.appId, scopes: [READ] }, catalogue)
  robot.tokens.heard(owner.accountId)
  expect((await robot.tokens.check(token))?.scopes).toEqual([READ])
})

test('a token is over by the database’s clock, without asking it', async ({ db, owner, instance }) => {
  const own = breakable(db)
  await using robot = await remembering(own.db, owner, instance)
  // Of an hour, of which a second and a half is left.
  const token = await robot.newToken(new Date(Date.now() - 3_598_500))
  await robot.tokens.check(await robot.newToken()) // the clock has been read
  own.broken = true
  vi.advanceTimersByTime(1999)
  expect(await robot.tokens.check(token)).toBeNull()
  expect(await robot.tokens.check(await robot.newToken())).not.toBeNull()
})

test('a token goes with the key that signed it', async ({ db, owner, instance }) => {
  await using robot = await remembering(db, owner, instance)
  const token = await robot.newToken()
  expect(await robot.tokens.check(token)).not.toBeNull()
  robot.keyIsGone()
  expect(await robot.tokens.check(token)).toBeNull()
})

test('no check that begins after a revocation was told says that the token holds, however many are under way', async ({
  db,
  owner,
  instance,
}) => {
  await using robot = await remembering(db, owner, instance)
  for (let round = 0; round < 10; round++) {
    const token = await robot.newToken()
    await robot.tokens.check(token)
    let isEnded = false
    const checking = Array.from({ length: 8 }, async () => {
      const late: boolean[] = []
      while (late.length < 3) {
        const beganAfter = isEnded
        const held = (await robot.tokens.check(token)) !== null
        if (beganAfter) late.push(held)
        robot.tokens.heard(owner.accountId) // other changes of the account, all the time
      }
      return late
    })
    await revoke(db, owner, robot.appId)
    robot.tokens.heard(owner.accountId)
    isEnded = true
    expect((await Promise.all(checking)).flat()).toEqual(Array(24).fill(false))
  }
})
