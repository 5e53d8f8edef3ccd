import { createHash } from 'node:crypto'
import { afterEach, vi } from 'vitest'
import { signIn } from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, expect, newAccount, test } from '../support/index.ts'
import { alsoIn, type FreshInstance, freshInstance, from, newEmail, newOwner } from './people.ts'

// The clock and the timers of the gathering alone: what waits for the database goes by the real ones.
const faked: Parameters<typeof vi.useFakeTimers>[0] = { toFake: ['setInterval', 'clearInterval', 'Date'] }
afterEach(() => void vi.useRealTimers())

function failures(db: Database, person: Caller) {
  return allEvents(db, person).then((events) => events.filter(({ type }) => type === 'SIGN_IN_FAILED'))
}

async function fail(db: Database, fresh: FreshInstance, email: string, ip = '203.0.113.9'): Promise<void> {
  const answer = await signIn(db, from(ip), { email, password: 'a wrong password' }, fresh).catch((error) => error)
  expect(answer.ok === false || answer.code === 'RATE_LIMITED').toBe(true)
}

test('the first failure is written after the answer, later ones at most once a minute, with how many and from where last', async ({
  db,
  instance,
}) => {
  vi.useFakeTimers(faked)
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  await fail(db, fresh, person.actor.name)
  expect(await failures(db, person)).toEqual([]) // the answer has gone out, and nothing is written

  const written = fresh.nextWake()
  vi.advanceTimersByTime(1000)
  expect(await written).toBe(person.accountId)
  for (const ip of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) await fail(db, fresh, person.actor.name, ip)
  vi.advanceTimersByTime(58_000)
  expect(fresh.woken).toHaveLength(1)
  const second = fresh.nextWake()
  vi.advanceTimersByTime(3000)
  await second

  const told = await failures(db, person)
  expect(told.map(({ attempts, sourceIp, actor }) => ({ attempts, sourceIp, actor }))).toEqual([
    { attempts: 1, sourceIp: '203.0.113.9', actor: { type: 'USER', id: null, name: person.actor.name } },
    { attempts: 3, sourceIp: '198.51.100.3', actor: { type: 'USER', id: null, name: person.actor.name } },
  ])
  expect(told.map(({ resourceType, resourceId, source }) => [resourceType, resourceId, source])).toEqual([
    ['Account', person.accountId, 'API'],
    ['Account', person.accountId, 'API'],
  ])
})

test('a failure is told in every account of the person, in the order of their ids, and in no other', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const others = [await newAccount(db, 'Second'), await newAccount(db, 'Third')]
  const person = await newOwner(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  for (const { accountId } of others.toReversed()) await alsoIn(db, person, accountId, 'AUDITOR')
  await fail(db, fresh, person.actor.name)
  await fresh.failedSignIns.flush()

  expect(fresh.woken).toEqual([...others, person].map(({ accountId }) => accountId).toSorted())
  for (const account of [person, ...others])
    expect(await failures(db, account)).toMatchObject([{ attempts: 1, resourceId: account.accountId }])
  expect(await allEvents(db, stranger)).toEqual([])
})

test('an e-mail of nobody stands in no history, and hashed in the log', async ({ db, instance, owner }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  await fail(db, fresh, ` ${email.toUpperCase()}`)
  await fresh.failedSignIns.flush()
  expect(fresh.woken).toEqual([])
  expect(await allEvents(db, owner)).toEqual([])
  const hashed = createHash('sha256').update(email).digest('hex').slice(0, 16)
  expect(fresh.logs).toMatchObject([{ msg: 'sign-in failed', email: hashed, known: false, ip: '203.0.113.9' }])
  expect(JSON.stringify(fresh.logs).toLowerCase()).not.toContain(email)
})

test('a flood of 200 failures writes no more than two events, which count every one that was checked', async ({
  db,
  instance,
}) => {
  let checked = 0
  const verify = async () => {
    checked += 1
    return false // 200 hashes would take three seconds
  }
  vi.useFakeTimers(faked)
  await using fresh = freshInstance(db, { ...instance.slowHash, verify })
  const person = await newOwner(db, instance.slowHash)
  for (let failure = 0; failure < 200; failure += 1) {
    await fail(db, fresh, person.actor.name, `198.51.100.${failure}`)
    if (failure % 10 === 0) vi.advanceTimersByTime(1000)
  }
  await fresh.failedSignIns.close()
  const told = await failures(db, person)
  expect(told.length).toBeLessThanOrEqual(2)
  expect(told.reduce((sum, { attempts }) => sum + (attempts ?? 0), 0)).toBe(checked)
  expect(checked).toBe(200)
})

test('what waits is written at the end, once', async ({ db, instance }) => {
  const person = await newOwner(db, instance.slowHash)
  {
    await using fresh = freshInstance(db, instance.slowHash)
    await fail(db, fresh, person.actor.name)
    await fail(db, fresh, person.actor.name)
    await fresh.failedSignIns.flush()
  }
  const told = await failures(db, person)
  expect(told.reduce((sum, { attempts }) => sum + (attempts ?? 0), 0)).toBe(2)
})
