import { sql } from 'drizzle-orm'
import { createAccount, listMemberships, switchAccount, updateAccount } from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import { allEvents, expect, memberOf, newAccount, peek, test } from '../support/index.ts'
import { alsoIn, idOf, inManyAccounts, sessionsOf } from './people.ts'

test('createAccount makes the caller the first owner of it, and tells so in its history alone', async ({
  db,
  owner,
}) => {
  const made = await createAccount(db, owner, { name: '  Second ' }, true)
  if (!made.ok) throw new Error('The account was not made.')
  const { id, name } = made.value
  expect(name).toBe('Second')
  const events = await allEvents(db, { ...owner, accountId: id })
  expect(events.map(({ type, actor, resourceId, changes }) => ({ type, actor, resourceId, changes }))).toEqual([
    {
      type: 'ACCOUNT_CREATED',
      actor: owner.actor,
      resourceId: id,
      changes: [{ field: 'name', before: null, after: 'Second' }],
    },
    {
      type: 'MEMBER_ADDED',
      actor: owner.actor,
      resourceId: expect.any(String),
      changes: [{ field: 'role', before: null, after: 'OWNER' }],
    },
  ])
  expect(await allEvents(db, owner)).toEqual([])
  expect(await listMemberships(db, owner, idOf(owner))).toEqual([
    { account: { id: owner.accountId, name: 'Test', createdAt: expect.any(Date) }, role: 'OWNER', current: true },
    { account: made.value, role: 'OWNER', current: false },
  ])
})

test('nobody creates an account where ACCOUNT_CREATION is nobody, and an app never', async ({ db, owner }) => {
  const count = () => peek(db, 'select count(*)::int as accounts from accounts')
  const before = await count()
  await expect(createAccount(db, owner, { name: 'Second' }, false)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const app: Caller = { ...owner, actor: { type: 'APP', id: crypto.randomUUID(), name: 'Billing' }, role: null }
  await expect(createAccount(db, app, { name: 'Second' }, true)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await count()).toEqual(before)
})

test('a member of 100 accounts makes no other', async ({ db, owner }) => {
  await inManyAccounts(db, owner, 99)
  const accounts = () => peek(db, 'select id from accounts order by id')
  const before = await accounts()
  expect(await createAccount(db, owner, { name: 'One more' }, true)).toEqual({
    ok: false,
    errors: [
      { path: [], code: 'CONFLICT', message: 'One person is a member of at most 100 accounts: leave one first.' },
    ],
  })
  expect(await accounts()).toEqual(before)
})

test.for([
  ['   ', 'TOO_SHORT'],
  ['x'.repeat(101), 'TOO_LONG'],
  ['a\u0000b', 'INVALID_FORMAT'],
  ['a\ud800', 'INVALID_FORMAT'],
] as const)('the name %j of an account is %s, and nothing is written', async ([name, code], { db, owner }) => {
  const before = await peek(db, 'select id, name from accounts order by id')
  const refused = { ok: false, errors: [{ path: ['name'], code }] }
  expect(await createAccount(db, owner, { name }, true)).toMatchObject(refused)
  expect(await updateAccount(db, owner, { name })).toMatchObject(refused)
  expect(await peek(db, 'select id, name from accounts order by id')).toEqual(before)
  expect(await allEvents(db, owner)).toEqual([])
})

test('a name may have 100 code points, whatever they take in memory', async ({ db, owner }) => {
  const name = '🔑'.repeat(100)
  expect(await updateAccount(db, owner, { name })).toMatchObject({ ok: true, value: { name } })
})

test('an OWNER and an ADMIN rename the account; DEVELOPER, AUDITOR and an app may not', async ({ db, owner }) => {
  const admin = await memberOf(db, owner, 'ADMIN')
  expect(await updateAccount(db, admin, { name: 'Renamed' })).toMatchObject({ ok: true, value: { name: 'Renamed' } })
  expect(await updateAccount(db, owner, { name: 'Renamed' })).toMatchObject({ ok: true }) // no change, no event
  const app: Caller = { ...owner, actor: { type: 'APP', id: crypto.randomUUID(), name: 'Billing' }, role: null }
  for (const caller of [await memberOf(db, owner, 'DEVELOPER'), await memberOf(db, owner, 'AUDITOR'), app])
    await expect(updateAccount(db, caller, { name: 'Stolen' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const name = sql`select name from accounts where id = ${owner.accountId}::uuid`
  expect(await peek(db, name)).toEqual([{ name: 'Renamed' }])
  expect(await allEvents(db, owner)).toMatchObject([
    { type: 'ACCOUNT_UPDATED', actor: admin.actor, changes: [{ field: 'name', before: 'Test', after: 'Renamed' }] },
  ])
})

test('switchAccount moves the one session, to an account of the person alone', async ({ db, owner }) => {
  const other = await newAccount(db, 'Other')
  const stranger = await newAccount(db, 'Elsewhere')
  await alsoIn(db, owner, other.accountId, 'AUDITOR')
  const sessionIds = [crypto.randomUUID(), crypto.randomUUID()].toSorted()
  for (const id of sessionIds)
    await peek(
      db,
      sql`insert into sessions (id, token_hash, user_id, account_id, created_at, last_seen_at, expires_at)
        select ${id}::uuid, sha256(convert_to(${id}, 'UTF8')), ${idOf(owner)}::uuid, ${owner.accountId}::uuid, now, now, now + interval '1 day'
        from (select date_trunc('day', clock_timestamp()) as now) as moment`,
    )
  const [moved = '', kept = ''] = sessionIds
  for (const accountId of [stranger.accountId, crypto.randomUUID()])
    expect(await switchAccount(db, owner, moved, { accountId })).toEqual({
      ok: false,
      errors: [{ path: ['accountId'], code: 'NOT_FOUND', message: 'You are not a member of such an account.' }],
    })
  expect(await switchAccount(db, owner, moved, { accountId: other.accountId })).toMatchObject({
    ok: true,
    value: { accountId: other.accountId, role: 'AUDITOR', actor: owner.actor },
  })
  expect(await sessionsOf(db, owner)).toEqual([
    { id: moved, account_id: other.accountId },
    { id: kept, account_id: owner.accountId },
  ])
})
