import { sql } from 'drizzle-orm'
import {
  acceptInvitation,
  changePassword,
  createAccount,
  inviteMember,
  removeMember,
  signIn,
  switchAccount,
} from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import type { SlowHash } from '../../src/slow-hash.ts'
import { allEvents, expect, memberOf, newAccount, peek, test } from '../support/index.ts'
import {
  alsoIn,
  freshInstance,
  from,
  idOf,
  inManyAccounts,
  manySessions,
  newMember,
  newOwner,
  PASSWORD,
  sessionsOf,
} from './people.ts'

const here = from('203.0.113.9')
const AT_ONCE = 12

/** Whose first so many verifications end at the same moment, so that the transactions after them meet. */
function verifyingAtOnce(slowHash: SlowHash, count: number): SlowHash {
  const { promise: allThere, resolve } = Promise.withResolvers<void>()
  let there = 0
  const verify: SlowHash['verify'] = async (hash, text) => {
    const right = await slowHash.verify(hash, text)
    there += 1
    if (there === count) resolve()
    await allThere
    return right
  }
  return { ...slowHash, verify }
}

const times = <T>(count: number, work: (index: number) => T) => Array.from({ length: count }, (_none, at) => work(at))

test('sign-ins at the same instant keep to 100 sessions', async ({ db, instance }) => {
  await using fresh = freshInstance(db, verifyingAtOnce(instance.slowHash, AT_ONCE))
  const person = await newOwner(db, instance.slowHash)
  await manySessions(db, person, 99)
  const input = { email: person.actor.name, password: PASSWORD }
  const results = await Promise.all(times(AT_ONCE, () => signIn(db, here, input, fresh)))
  expect(results.every(({ ok }) => ok)).toBe(true)
  const stored = (await sessionsOf(db, person)).map(({ id }) => id)
  expect(stored).toHaveLength(100)
  for (const result of results) if (result.ok) expect(stored).toContain(result.value.sessionId)
})

test('of a sign-in and a removal at the same instant no session is left, which a return would wake', async ({
  db,
  owner,
  instance,
  engine,
}) => {
  for (let round = 0; round < (engine === 'postgres' ? 6 : 1); round += 1) {
    const person = await newMember(db, instance.slowHash, owner, 'ADMIN')
    const input = { email: person.actor.name, password: PASSWORD }
    // The removal starts when the passwords are verified: just when the sign-ins' transactions begin.
    const { promise: verified, resolve } = Promise.withResolvers<void>()
    const together = verifyingAtOnce(instance.slowHash, 4)
    const verify: SlowHash['verify'] = async (hash, text) => {
      const right = await together.verify(hash, text)
      resolve()
      return right
    }
    await using fresh = freshInstance(db, { ...instance.slowHash, verify })
    const removal = verified.then(() => removeMember(db, owner, { userId: idOf(person) }))
    const signIns = times(4, () => signIn(db, here, input, fresh))
    expect(await removal).toEqual({ ok: true, value: person.actor.id })
    for (const result of await Promise.all(signIns))
      if (!result.ok) expect(result.errors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }])
    expect(await sessionsOf(db, person)).toEqual([])
  }
})

test('of switching into an account and the removal from it at the same instant no session is left there', async ({
  db,
  engine,
}) => {
  for (let round = 0; round < (engine === 'postgres' ? 6 : 1); round += 1) {
    const [home, target] = [await newAccount(db, 'Home'), await newAccount(db, 'Target')]
    const person = await memberOf(db, home, 'ADMIN')
    await alsoIn(db, person, target.accountId, 'ADMIN')
    await manySessions(db, person, 40)
    const ids = (await sessionsOf(db, person)).map(({ id }) => id)
    /** One after the other, so that some switch meets each step of the removal. */
    const switchAll = async (sessionIds: string[]) => {
      for (const id of sessionIds) await switchAccount(db, person, id, { accountId: target.accountId })
    }
    await Promise.all([
      switchAll(ids.slice(0, 20)),
      removeMember(db, target, { userId: idOf(person) }),
      switchAll(ids.slice(20)),
    ])
    const left = await sessionsOf(db, person)
    expect(left.filter(({ account_id }) => account_id === target.accountId)).toEqual([])
  }
})

test('a session that ended this moment is moved nowhere', async ({ db, owner }) => {
  const other = await newAccount(db, 'Other')
  await alsoIn(db, owner, other.accountId, 'AUDITOR')
  const gone = switchAccount(db, owner, crypto.randomUUID(), { accountId: other.accountId })
  await expect(gone).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('of changes of a password at the same instant, made with the same old one, one is made', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, verifyingAtOnce(instance.slowHash, 4))
  const person = await newOwner(db, instance.slowHash)
  const passwordOf = (index: number) => `another long password ${index}`
  const change = (index: number) =>
    changePassword(
      db,
      person,
      crypto.randomUUID(),
      { currentPassword: PASSWORD, newPassword: passwordOf(index) },
      fresh,
    )
  const results = await Promise.all(times(4, change))
  const won = results.findIndex(({ ok }) => ok)
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  for (const result of results) if (!result.ok) expect(result.errors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }])
  const entered = await signIn(db, here, { email: person.actor.name, password: passwordOf(won) }, fresh)
  expect(entered.ok).toBe(true)
  const told = (await allEvents(db, person)).filter(({ type }) => type === 'PASSWORD_CHANGED')
  expect(told).toHaveLength(1)
})

test('accounts that a person makes or joins at the same instant keep to 100', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  await inManyAccounts(db, person, 98)
  const invitations: string[] = []
  for (const inviting of [owner, await newAccount(db, 'Second'), await newAccount(db, 'Third')])
    invitations.push(await tokenFor(db, inviting, person))
  const results = await Promise.all([
    ...invitations.map((token) => acceptInvitation(db, person, here, { token }, fresh)),
    ...times(3, (index) => createAccount(db, person, { name: `New ${index}` }, true)),
  ])
  expect(results.filter(({ ok }) => ok)).toHaveLength(1) // they had one of their own, 98 more, and got the hundredth
  for (const result of results) if (!result.ok) expect(result.errors).toMatchObject([{ code: 'CONFLICT' }])
  const held = sql`select count(*)::int as count from members where user_id = ${idOf(person)}::uuid and removed_at is null`
  expect(await peek(db, held)).toEqual([{ count: 100 }])
})

async function tokenFor(db: Database, inviting: Caller, person: Caller): Promise<string> {
  const invited = await inviteMember(db, inviting, { email: person.actor.name, role: 'AUDITOR' }, (token) => token)
  if (!invited.ok) throw new Error('The invitation was refused.')
  return invited.value.link
}
