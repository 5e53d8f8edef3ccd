import { sql } from 'drizzle-orm'
import { findSession, listMembers, removeMember, signIn, updateMember } from '../../src/accounts/index.ts'
import { createApp, findApps, rotateSecret } from '../../src/apps/index.ts'
import type { Role } from '../../src/caller.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'
import { alsoIn, freshInstance, from, idOf, newMember, PASSWORD, sessionsOf } from './people.ts'

const storedMembers = sql`select account_id, user_id, role, removed_at from members order by account_id, id`

test('an owner gives a member another role, which the history tells field by field', async ({ db, owner }) => {
  const auditor = await memberOf(db, owner, 'AUDITOR')
  const updated = await updateMember(db, owner, { userId: idOf(auditor), role: 'ADMIN' })
  expect(updated).toMatchObject({ ok: true, value: { role: 'ADMIN', user: { email: auditor.actor.name } } })
  const { items } = await read(db, owner, (tx) => listMembers(tx, owner, {}))
  expect(items.map(({ user, role }) => [user.id, role])).toEqual([
    [owner.actor.id, 'OWNER'],
    [auditor.actor.id, 'ADMIN'],
  ])
  const told = {
    type: 'MEMBER_UPDATED',
    resourceId: items[1]?.id,
    resourceName: auditor.actor.name,
    changes: [{ field: 'role', before: 'AUDITOR', after: 'ADMIN' }],
  }
  expect(await allEvents(db, owner)).toMatchObject([told])
  // The role that they have already is no change, and no event.
  expect(await updateMember(db, owner, { userId: idOf(auditor), role: 'ADMIN' })).toMatchObject({ ok: true })
  expect(await allEvents(db, owner)).toMatchObject([told])
})

test('the last owner is neither demoted nor removed, not even by themselves', async ({ db, owner }) => {
  const before = await peek(db, storedMembers)
  const demoted = await updateMember(db, owner, { userId: idOf(owner), role: 'ADMIN' })
  expect(demoted).toMatchObject({ ok: false, errors: [{ path: ['role'], code: 'LAST_OWNER' }] })
  const removed = await removeMember(db, owner, { userId: idOf(owner) })
  expect(removed).toMatchObject({ ok: false, errors: [{ path: ['userId'], code: 'LAST_OWNER' }] })
  expect(await peek(db, storedMembers)).toEqual(before)
  expect(await allEvents(db, owner)).toEqual([])
})

test('an owner who has left is no owner who remains', async ({ db, owner }) => {
  const second = await memberOf(db, owner, 'OWNER')
  expect(await removeMember(db, owner, { userId: idOf(second) })).toEqual({ ok: true, value: second.actor.id })
  const left = await removeMember(db, owner, { userId: idOf(owner) })
  expect(left).toMatchObject({ ok: false, errors: [{ code: 'LAST_OWNER' }] })
})

test('of two owners who demote or remove each other at the same instant, one remains', async ({ db, engine }) => {
  for (let round = 0; round < (engine === 'postgres' ? 8 : 1); round += 1) {
    const one = await newAccount(db)
    const other = await memberOf(db, one, 'OWNER')
    const results = await Promise.all(
      round % 2 === 0
        ? [
            updateMember(db, one, { userId: idOf(other), role: 'ADMIN' }),
            updateMember(db, other, { userId: idOf(one), role: 'ADMIN' }),
          ]
        : [removeMember(db, one, { userId: idOf(other) }), removeMember(db, other, { userId: idOf(one) })],
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    const owners = sql`select 1 as one from members where account_id = ${one.accountId}::uuid and role = 'OWNER' and removed_at is null`
    expect(await peek(db, owners)).toHaveLength(1)
    expect(await allEvents(db, one)).toHaveLength(1)
  }
})

test('a person may leave by themselves, where they may remove members', async ({ db, owner }) => {
  const admin = await memberOf(db, owner, 'ADMIN')
  expect(await removeMember(db, admin, { userId: idOf(admin) })).toEqual({ ok: true, value: admin.actor.id })
  expect(await allEvents(db, owner)).toMatchObject([
    {
      type: 'MEMBER_REMOVED',
      actor: admin.actor,
      resourceName: admin.actor.name,
      changes: [{ field: 'role', before: 'ADMIN', after: null }],
    },
  ])
})

test.for<Role>(['ADMIN', 'DEVELOPER', 'AUDITOR'])(
  '%s cannot change, remove or make an owner',
  async (role, { db, owner }) => {
    const actor = await memberOf(db, owner, role)
    await memberOf(db, owner, 'OWNER') // so that it is not LAST_OWNER that refuses
    const auditor = await memberOf(db, owner, 'AUDITOR')
    const before = await peek(db, storedMembers)
    const forbidden = { code: 'FORBIDDEN' }
    await expect(updateMember(db, actor, { userId: idOf(owner), role: 'ADMIN' })).rejects.toMatchObject(forbidden)
    await expect(removeMember(db, actor, { userId: idOf(owner) })).rejects.toMatchObject(forbidden)
    await expect(updateMember(db, actor, { userId: idOf(auditor), role: 'OWNER' })).rejects.toMatchObject(forbidden)
    await expect(updateMember(db, actor, { userId: idOf(actor), role: 'OWNER' })).rejects.toMatchObject(forbidden)
    expect(await peek(db, storedMembers)).toEqual(before)
    expect(await allEvents(db, owner)).toEqual([])
  },
)

test('a person of another account and one who has left are NOT_FOUND alike', async ({ db, owner }) => {
  const stranger = await newAccount(db, 'Elsewhere')
  const gone = await memberOf(db, owner, 'AUDITOR')
  await removeMember(db, owner, { userId: idOf(gone) })
  const before = await peek(db, storedMembers)
  const missing = crypto.randomUUID()
  const notFound = await updateMember(db, owner, { userId: missing, role: 'ADMIN' })
  expect(notFound).toMatchObject({ ok: false, errors: [{ path: ['userId'], code: 'NOT_FOUND' }] })
  for (const userId of [idOf(stranger), idOf(gone), missing]) {
    expect(await updateMember(db, owner, { userId, role: 'ADMIN' })).toEqual(notFound)
    expect(await removeMember(db, owner, { userId })).toEqual(notFound)
  }
  expect(await peek(db, storedMembers)).toEqual(before)
})

test("a removed person's apps go on and still show who made them", async ({ db, owner, instance }) => {
  const developer = await memberOf(db, owner, 'DEVELOPER')
  const made = await createApp(db, developer, { name: 'Billing', scopes: [] }, instance)
  if (!made.ok) throw new Error('The app was not made.')
  await removeMember(db, owner, { userId: idOf(developer) })

  const [app] = await read(db, owner, (tx) => findApps(tx, owner, [made.value.app.id]))
  expect(app).toEqual({ ...made.value.app, createdBy: { type: 'USER', id: developer.actor.id } })
  const rotated = await rotateSecret(db, owner, { appId: made.value.app.id, gracePeriod: 0 }, instance)
  expect(rotated.ok).toBe(true)
})

test("a removed person's sessions in the account end at once, and those elsewhere stay", async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newMember(db, instance.slowHash, owner, 'AUDITOR')
  const elsewhere = await newAccount(db, 'Elsewhere')
  await alsoIn(db, person, elsewhere.accountId, 'ADMIN')
  const tokenIn = async (accountId: string) => {
    const input = { email: person.actor.name, password: PASSWORD, accountId }
    const signedIn = await signIn(db, from('203.0.113.9'), input, fresh)
    if (!signedIn.ok) throw new Error('The sign-in failed.')
    return signedIn.value.sessionToken
  }
  const [here, there] = [await tokenIn(owner.accountId), await tokenIn(elsewhere.accountId)]

  await removeMember(db, owner, { userId: idOf(person) })
  expect(await findSession(db, here, from('203.0.113.9'), fresh.limits)).toBeNull()
  const other = await findSession(db, there, from('203.0.113.9'), fresh.limits)
  expect(other?.caller).toMatchObject({ accountId: elsewhere.accountId, role: 'ADMIN' })
  expect(await sessionsOf(db, person)).toMatchObject([{ account_id: elsewhere.accountId }])
})
