import { sql } from 'drizzle-orm'
import {
  type AcceptInvitation,
  acceptInvitation,
  inviteMember,
  listMembers,
  removeMember,
  signIn,
} from '../../src/accounts/index.ts'
import type { Caller, Role } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, atOnce, expect, newAccount, peek, read, test } from '../support/index.ts'
import {
  alsoIn,
  type FreshInstance,
  freshInstance,
  from,
  idOf,
  inManyAccounts,
  newEmail,
  newMember,
  newOwner,
  PASSWORD,
  sessionsOf,
} from './people.ts'

const here = from('203.0.113.9')
const NEW = 'another long password'

async function tokenFor(db: Database, owner: Caller, email: string, role: Role = 'DEVELOPER'): Promise<string> {
  const invited = await inviteMember(db, owner, { email, role }, (token) => token)
  if (!invited.ok) throw new Error('The invitation was refused.')
  return invited.value.link
}

function accept(db: Database, fresh: FreshInstance, input: AcceptInvitation, caller: Caller | null = null) {
  return acceptInvitation(db, caller, here, input, fresh)
}

const openInvitations = (db: Database, { accountId }: Caller) =>
  peek(db, sql`select id from invitations where account_id = ${accountId}::uuid`)
const passwordOf = (db: Database, person: Caller) =>
  peek(db, sql`select password_hash from users where id = ${idOf(person)}::uuid`)

test('a new person chooses a password, is a member, and is signed in', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  const token = await tokenFor(db, owner, email)
  const accepted = await accept(db, fresh, { token, password: PASSWORD, name: '  Ada ' })
  if (!accepted.ok) throw new Error('The invitation was refused.')

  const { caller, sessionToken } = accepted.value
  expect(sessionToken).toMatch(/^chs_/)
  expect(caller).toMatchObject({ accountId: owner.accountId, role: 'DEVELOPER', actor: { type: 'USER', name: email } })
  const { items } = await read(db, owner, (tx) => listMembers(tx, owner, {}))
  expect(items.at(-1)).toMatchObject({ role: 'DEVELOPER', user: { id: caller.actor.id, email, name: 'Ada' } })
  const told = { actor: caller.actor, sourceIp: here.ip }
  expect(await allEvents(db, owner)).toMatchObject([
    { type: 'MEMBER_INVITED' },
    { ...told, type: 'MEMBER_ADDED', resourceId: items.at(-1)?.id },
    { ...told, type: 'SIGNED_IN' },
  ])
  expect(await signIn(db, here, { email, password: PASSWORD }, fresh)).toMatchObject({ ok: true })
  expect(await accept(db, fresh, { token, password: PASSWORD })).toMatchObject({
    ok: false,
    errors: [{ path: ['token'], code: 'NOT_FOUND' }],
  })
})

test('a new person without a password, or with a bad one, is refused, and the invitation stays open', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  const token = await tokenFor(db, owner, email)
  expect(await accept(db, fresh, { token })).toMatchObject({
    ok: false,
    errors: [{ path: ['password'], code: 'REQUIRED' }],
  })
  expect(await accept(db, fresh, { token, password: 'eleven char', name: 'a\u0007' })).toMatchObject({
    ok: false,
    errors: [
      { path: ['password'], code: 'TOO_SHORT' },
      { path: ['name'], code: 'INVALID_FORMAT' },
    ],
  })
  expect(await peek(db, sql`select id from users where email = ${email}`)).toEqual([])
  expect(await openInvitations(db, owner)).toHaveLength(1)
  expect(await allEvents(db, owner)).toHaveLength(1)
})

test('who is signed in under the invited e-mail gives no password', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const [before, token] = [await passwordOf(db, person), await tokenFor(db, owner, person.actor.name)]
  expect(await accept(db, fresh, { token, name: 'Ignored' }, person)).toMatchObject({
    ok: true,
    value: { caller: { accountId: owner.accountId, actor: person.actor, role: 'DEVELOPER' } },
  })
  expect(await passwordOf(db, person)).toEqual(before)
})

test('who is signed in under another e-mail, or as an app, does not accept for the invited one', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const token = await tokenFor(db, owner, person.actor.name)
  const app: Caller = { ...owner, actor: { type: 'APP', id: person.actor.id, name: 'Billing' }, role: null }
  for (const caller of [owner, app])
    expect(await accept(db, fresh, { token }, caller)).toMatchObject({
      ok: false,
      errors: [{ path: ['password'], code: 'REQUIRED' }],
    })
  expect(await openInvitations(db, owner)).toHaveLength(1)
})

test('an existing person gives their own password; another is INVALID_CREDENTIALS and never becomes theirs', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const [before, token] = [await passwordOf(db, person), await tokenFor(db, owner, person.actor.name)]
  expect(await accept(db, fresh, { token, password: NEW })).toEqual({
    ok: false,
    errors: [{ path: ['password'], code: 'INVALID_CREDENTIALS', message: 'This is not your password.' }],
  })
  expect(await openInvitations(db, owner)).toHaveLength(1)
  expect(await sessionsOf(db, person)).toEqual([])

  expect(await accept(db, fresh, { token, password: PASSWORD })).toMatchObject({
    ok: true,
    value: { caller: { accountId: owner.accountId, actor: person.actor } },
  })
  expect(await passwordOf(db, person)).toEqual(before)
  expect((await sessionsOf(db, person)).map(({ account_id }) => account_id)).toEqual([owner.accountId])
})

test('guesses through an invitation count as failed sign-ins', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const token = await tokenFor(db, owner, person.actor.name)
  for (let failure = 0; failure < 10; failure += 1) await accept(db, fresh, { token, password: NEW })
  const limited = { code: 'RATE_LIMITED' }
  await expect(accept(db, fresh, { token, password: PASSWORD })).rejects.toMatchObject(limited)
  const input = { email: person.actor.name, password: PASSWORD }
  await expect(signIn(db, here, input, fresh)).rejects.toMatchObject(limited)
})

test('a member of 100 accounts accepts no other until they leave one, and the invitation stays open', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  await inManyAccounts(db, person, 98)
  const last = await newAccount(db, 'The hundredth')
  await alsoIn(db, person, last.accountId, 'AUDITOR')
  const token = await tokenFor(db, owner, person.actor.name)
  const history = await allEvents(db, owner)
  for (const attempt of [accept(db, fresh, { token, password: PASSWORD }), accept(db, fresh, { token }, person)])
    expect(await attempt).toEqual({
      ok: false,
      errors: [
        {
          path: ['token'],
          code: 'CONFLICT',
          message: 'One person is a member of at most 100 accounts: leave one first.',
        },
      ],
    })
  expect(await openInvitations(db, owner)).toHaveLength(1)
  expect(await sessionsOf(db, person)).toEqual([])
  expect(await allEvents(db, owner)).toEqual(history)

  await removeMember(db, last, { userId: idOf(person) })
  expect(await accept(db, fresh, { token }, person)).toMatchObject({ ok: true })
})

test('a person who was removed and is invited again is the same member', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newMember(db, instance.slowHash, owner, 'ADMIN')
  const memberId = sql`select id from members where user_id = ${idOf(person)}::uuid`
  const before = await peek(db, memberId)
  await removeMember(db, owner, { userId: idOf(person) })
  const token = await tokenFor(db, owner, person.actor.name, 'AUDITOR')
  expect(await accept(db, fresh, { token, password: PASSWORD })).toMatchObject({ ok: true })
  expect(await peek(db, memberId)).toEqual(before)
  const { items } = await read(db, owner, (tx) => listMembers(tx, owner, {}))
  expect(items.map(({ user, role }) => [user.id, role])).toEqual([
    [owner.actor.id, 'OWNER'],
    [person.actor.id, 'AUDITOR'],
  ])
})

test('of several who accept one invitation at the same instant, one succeeds', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  const token = await tokenFor(db, owner, email)
  const racing = { ...fresh, slowHash: atOnce(instance, 4).slowHash }
  const results = await Promise.all(
    [1, 2, 3, 4].map(() => acceptInvitation(db, null, here, { token, password: PASSWORD }, racing)),
  )
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  for (const result of results) if (!result.ok) expect(result.errors).toMatchObject([{ code: 'NOT_FOUND' }])
  expect(await peek(db, sql`select email from users where email = ${email}`)).toEqual([{ email }])
  expect((await allEvents(db, owner)).map(({ type }) => type)).toEqual(['MEMBER_INVITED', 'MEMBER_ADDED', 'SIGNED_IN'])
})

test('of two accounts that a new person joins at the same instant, the second stays open and may be tried again', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const [email, other] = [newEmail(), await newAccount(db, 'Other')]
  const tokens = [await tokenFor(db, owner, email), await tokenFor(db, other, email)]
  const racing = { ...fresh, slowHash: atOnce(instance, 2).slowHash }
  const results = await Promise.allSettled(
    tokens.map((token) => acceptInvitation(db, null, here, { token, password: PASSWORD }, racing)),
  )
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const lost = results.findIndex(({ status }) => status === 'rejected')
  expect(results[lost]).toMatchObject({ reason: { code: 'UNAVAILABLE' } })
  expect(await accept(db, fresh, { token: tokens[lost] ?? '', password: PASSWORD })).toMatchObject({ ok: true })
  expect(await peek(db, sql`select email from users where email = ${email}`)).toEqual([{ email }])
})
