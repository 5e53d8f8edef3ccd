import { sql } from 'drizzle-orm'
import { addMember, createAccount, listMembers, signIn } from '../../src/accounts/index.ts'
import type { Caller, Role } from '../../src/caller.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'
import { freshInstance, from, newEmail } from './people.ts'

const password = 'twelve chars'

test('addMember makes a new person, who then signs in with the password given', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()

  const added = await addMember(db, owner, { email: `  ${email.toUpperCase()} `, role: 'DEVELOPER', password }, fresh)
  expect(added).toMatchObject({ ok: true, value: { role: 'DEVELOPER', user: { email, name: null } } })
  const { items } = await read(db, owner, (tx) => listMembers(tx, owner, {}))
  expect(items.at(-1)).toEqual(added.ok && added.value)
  expect(await allEvents(db, owner)).toMatchObject([
    {
      type: 'MEMBER_ADDED',
      actor: owner.actor,
      resourceType: 'Member',
      resourceId: items.at(-1)?.id,
      resourceName: email,
      changes: [{ field: 'role', before: null, after: 'DEVELOPER' }],
      source: 'API',
    },
  ])
  const signedIn = await signIn(db, from('203.0.113.9'), { email, password }, fresh)
  expect(signedIn).toMatchObject({ ok: true, value: { caller: { accountId: owner.accountId, role: 'DEVELOPER' } } })
})

test('a taken e-mail is ALREADY_MEMBER here and CONFLICT elsewhere, and nothing is written', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  const before = await peek(db, sql`select id, email, password_hash from users order by id`)

  const here = await addMember(db, owner, { email: owner.actor.name, role: 'AUDITOR', password }, fresh)
  expect(here).toMatchObject({ ok: false, errors: [{ path: ['email'], code: 'ALREADY_MEMBER' }] })
  const elsewhere = await addMember(db, owner, { email: stranger.actor.name, role: 'AUDITOR', password }, fresh)
  expect(elsewhere).toEqual({
    ok: false,
    errors: [
      {
        path: ['email'],
        code: 'CONFLICT',
        message: 'This e-mail belongs to somebody already: invite this person instead.',
      },
    ],
  })
  expect(await peek(db, sql`select id, email, password_hash from users order by id`)).toEqual(before)
  expect(await allEvents(db, owner)).toEqual([])
  expect(await allEvents(db, stranger)).toEqual([])
})

test('another spelling of an e-mail makes no second person, and signs in the first', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const name = crypto.randomUUID()
  const add = (email: string) => addMember(db, owner, { email, role: 'AUDITOR', password }, fresh)
  expect(await add(`José-${name}@Exämple.com`.normalize('NFC'))).toMatchObject({
    ok: true,
    value: { user: { email: `josé-${name}@xn--exmple-cua.com`.normalize('NFC') } },
  })
  const spellings = [`JOSÉ-${name}@EXÄMPLE.COM`.normalize('NFD'), ` josé-${name}@xn--exmple-cua.com`]
  for (const email of spellings) {
    expect(await add(email)).toMatchObject({ ok: false, errors: [{ code: 'ALREADY_MEMBER' }] })
    expect(await signIn(db, from('203.0.113.9'), { email, password }, fresh)).toMatchObject({ ok: true })
  }
})

test('the 21st CONFLICT within an hour is RATE_LIMITED, also when all are asked at once', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  const probe = () => addMember(db, owner, { email: stranger.actor.name, role: 'AUDITOR', password }, fresh)

  const answers = await Promise.allSettled(Array.from({ length: 25 }, probe))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
  const limited = { code: 'RATE_LIMITED', extensions: { retryAfter: expect.closeTo(3600, -2) } }
  for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject(limited)
  await expect(probe()).rejects.toMatchObject(limited)
  await expect(addMember(db, owner, { email: newEmail(), role: 'AUDITOR', password }, fresh)).rejects.toMatchObject(
    limited,
  )
  // Another account has its own twenty.
  const other = await newAccount(db, 'Other')
  const free = await addMember(db, other, { email: stranger.actor.name, role: 'AUDITOR', password }, fresh)
  expect(free).toMatchObject({ ok: false, errors: [{ code: 'CONFLICT' }] })
  expect(await allEvents(db, owner)).toEqual([])
})

test('who has used up their twenty in one account has none in another', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  const probe = (as: Caller) => addMember(db, as, { email: stranger.actor.name, role: 'AUDITOR', password }, fresh)
  for (let taken = 0; taken < 20; taken += 1) expect(await probe(owner)).toMatchObject({ ok: false })
  const second = await createAccount(db, owner, { name: 'Second' }, true)
  if (!second.ok) throw new Error('The account was not made.')
  await expect(probe({ ...owner, accountId: second.value.id })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('every mistake in the input is told at once, and nothing is written', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const refused = await addMember(db, owner, { email: 'no address', role: 'AUDITOR', password: 'eleven char' }, fresh)
  expect(refused).toMatchObject({
    ok: false,
    errors: [
      { path: ['email'], code: 'INVALID_FORMAT' },
      { path: ['password'], code: 'TOO_SHORT' },
    ],
  })
  const long = { email: `${'a'.repeat(250)}@b.co`, role: 'AUDITOR' as const, password: 'x'.repeat(1025) }
  expect(await addMember(db, owner, long, fresh)).toMatchObject({
    ok: false,
    errors: [
      { path: ['email'], code: 'TOO_LONG' },
      { path: ['password'], code: 'TOO_LONG' },
    ],
  })
  const { items } = await read(db, owner, (tx) => listMembers(tx, owner, {}))
  expect(items.map(({ user }) => user.id)).toEqual([owner.actor.id])
  expect(await allEvents(db, owner)).toEqual([])
})

test.for<[Role, Role]>([
  ['ADMIN', 'OWNER'],
  ['DEVELOPER', 'AUDITOR'],
  ['AUDITOR', 'AUDITOR'],
])('%s may not add a person as %s', async ([role, added], { db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const actor = await memberOf(db, owner, role)
  const email = newEmail()
  await expect(addMember(db, actor, { email, role: added, password }, fresh)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(await peek(db, sql`select id from users where email = ${email}`)).toEqual([])
})

test('of two who add the same e-mail at once, one makes the person', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  const add = () => addMember(db, owner, { email, role: 'AUDITOR', password }, fresh)

  const results = await Promise.all([add(), add(), add(), add()])
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  for (const result of results) if (!result.ok) expect(result.errors).toMatchObject([{ code: 'ALREADY_MEMBER' }])
  expect(await peek(db, sql`select email from users where email = ${email}`)).toEqual([{ email }])
  expect(await allEvents(db, owner)).toHaveLength(1)
})
