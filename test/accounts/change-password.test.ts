import { sql } from 'drizzle-orm'
import { changePassword, findSession, signIn } from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import type { SlowHash } from '../../src/slow-hash.ts'
import { allEvents, expect, newAccount, peek, test } from '../support/index.ts'
import { alsoIn, type FreshInstance, freshInstance, from, idOf, newOwner, PASSWORD, sessionsOf } from './people.ts'

const here = from('203.0.113.9')
const NEW = 'another long password'

async function enter(db: Database, fresh: FreshInstance, person: Caller, password = PASSWORD) {
  const result = await signIn(db, here, { email: person.actor.name, password }, fresh)
  return result.ok ? result.value : null
}

test('a new password ends the other sessions, wherever they are, and keeps this one', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const [kept, ended] = [await enter(db, fresh, person), await enter(db, fresh, person)]
  if (!kept || !ended) throw new Error('The sign-ins failed.')
  const change = { currentPassword: PASSWORD, newPassword: NEW }
  expect(await changePassword(db, person, kept.sessionId, change, fresh)).toEqual({
    ok: true,
    value: [person.accountId],
  })
  expect(await findSession(db, ended.sessionToken, here, fresh.limits)).toBeNull()
  expect((await findSession(db, kept.sessionToken, here, fresh.limits))?.id).toBe(kept.sessionId)
  expect(await enter(db, fresh, person)).toBeNull()
  expect(await enter(db, fresh, person, NEW)).not.toBeNull()
})

test('it is told in every account of the person, and in no other', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const second = await newAccount(db, 'Second')
  const stranger = await newAccount(db, 'Elsewhere')
  await alsoIn(db, person, second.accountId, 'AUDITOR')
  const change = { currentPassword: PASSWORD, newPassword: NEW }
  const changed = await changePassword(db, person, crypto.randomUUID(), change, fresh)
  expect(changed).toEqual({ ok: true, value: [person.accountId, second.accountId].toSorted() })
  const told = { type: 'PASSWORD_CHANGED', actor: person.actor, resourceType: 'User', resourceId: person.actor.id }
  expect(await allEvents(db, person)).toMatchObject([told])
  expect(await allEvents(db, second)).toMatchObject([told])
  expect(await allEvents(db, stranger)).toEqual([])
})

test('a wrong current password is INVALID_CREDENTIALS, a bad new one is refused, and nothing changes', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const [kept, other] = [await enter(db, fresh, person), await enter(db, fresh, person)]
  const stored = () => peek(db, sql`select password_hash from users where id = ${idOf(person)}::uuid`)
  const changes = async () => (await allEvents(db, person)).filter(({ type }) => type === 'PASSWORD_CHANGED')
  const before = await stored()
  const attempt = (currentPassword: string, newPassword: string) =>
    changePassword(db, person, kept?.sessionId ?? '', { currentPassword, newPassword }, fresh)

  expect(await attempt('a wrong password', NEW)).toMatchObject({
    ok: false,
    errors: [{ path: ['currentPassword'], code: 'INVALID_CREDENTIALS' }],
  })
  expect(await attempt('x'.repeat(1025), NEW)).toMatchObject({ ok: false, errors: [{ code: 'INVALID_CREDENTIALS' }] })
  expect(await attempt(PASSWORD, 'eleven char')).toMatchObject({
    ok: false,
    errors: [{ path: ['newPassword'], code: 'TOO_SHORT' }],
  })
  expect(await attempt(PASSWORD, 'x'.repeat(1025))).toMatchObject({ ok: false, errors: [{ code: 'TOO_LONG' }] })
  expect(await stored()).toEqual(before)
  expect((await sessionsOf(db, person)).map(({ id }) => id)).toEqual([kept?.sessionId, other?.sessionId])
  expect(await changes()).toEqual([])
})

test('a sign-in that verified the password before it was changed opens no session after', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const verify: SlowHash['verify'] = async (hash, text) => {
    const right = await instance.slowHash.verify(hash, text)
    const change = { currentPassword: PASSWORD, newPassword: NEW }
    expect(await changePassword(db, person, crypto.randomUUID(), change, fresh)).toMatchObject({ ok: true })
    return right
  }
  const late = { ...fresh, slowHash: { ...instance.slowHash, verify } }
  const answer = await signIn(db, here, { email: person.actor.name, password: PASSWORD }, late)
  expect(answer).toMatchObject({ ok: false, errors: [{ code: 'INVALID_CREDENTIALS' }] })
  expect(await sessionsOf(db, person)).toEqual([])
})

test('guesses at the current password are bounded like sign-ins, and count as failed ones', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const stored = () => peek(db, sql`select password_hash from users where id = ${idOf(person)}::uuid`)
  const before = await stored()
  const attempt = (currentPassword: string) =>
    changePassword(db, person, crypto.randomUUID(), { currentPassword, newPassword: NEW }, fresh)
  for (let failure = 0; failure < 10; failure += 1)
    expect(await attempt(`wrong password ${failure}`)).toMatchObject({ ok: false })

  const limited = { code: 'RATE_LIMITED', extensions: { retryAfter: expect.closeTo(900, -2) } }
  await expect(attempt('wrong password 10')).rejects.toMatchObject(limited)
  await expect(attempt(PASSWORD)).rejects.toMatchObject(limited)
  // One bucket for both: who has guessed here does not go on at the sign-in.
  const input = { email: person.actor.name, password: PASSWORD }
  await expect(signIn(db, person.origin, input, fresh)).rejects.toMatchObject(limited)
  expect(await signIn(db, from('203.0.113.10'), input, fresh)).toMatchObject({ ok: true })
  expect(await stored()).toEqual(before)

  await fresh.failedSignIns.flush()
  const told = (await allEvents(db, person)).filter(({ type }) => type === 'SIGN_IN_FAILED')
  expect(told.reduce((sum, { attempts }) => sum + (attempts ?? 0), 0)).toBe(10)
  for (const { actor } of told) expect(actor).toEqual({ type: 'USER', id: null, name: person.actor.name })
})

test('an app has no password', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const app: Caller = { ...owner, actor: { type: 'APP', id: crypto.randomUUID(), name: 'Billing' }, role: null }
  const change = { currentPassword: PASSWORD, newPassword: NEW }
  await expect(changePassword(db, app, crypto.randomUUID(), change, fresh)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
})
