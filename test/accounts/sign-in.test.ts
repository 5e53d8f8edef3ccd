import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { findSession, removeMember, signIn, signOut } from '../../src/accounts/index.ts'
import type { SlowHash } from '../../src/slow-hash.ts'
import { allEvents, expect, newAccount, peek, test } from '../support/index.ts'
import { alsoIn, freshInstance, from, idOf, newEmail, newMember, newOwner, PASSWORD, sessionsOf } from './people.ts'

const here = from('203.0.113.9')

/** Counts what is hashed, with which parameters and lengths, and hashes it. */
function counting(slowHash: SlowHash): SlowHash & { verified: string[]; costs: Set<string> } {
  const [verified, costs]: [string[], Set<string>] = [[], new Set()]
  const verify: SlowHash['verify'] = (hash, text) => {
    const [, kind, version, parameters = '', salt = '', digest = ''] = hash.split('$')
    verified.push(text)
    costs.add(`${kind} ${version} ${parameters.split(',').toSorted()} ${salt.length} ${digest.length}`)
    return slowHash.verify(hash, text)
  }
  return { ...slowHash, verify, verified, costs }
}

test('a sign-in begins a session of its own, of whose token only a hash is stored', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const tokens: string[] = []
  for (const _ of [1, 2]) {
    const result = await signIn(db, here, { email: person.actor.name, password: PASSWORD }, fresh)
    if (!result.ok) throw new Error('The sign-in failed.')
    tokens.push(result.value.sessionToken)
    expect(result.value.caller).toEqual({ ...person, origin: here })
  }
  expect(new Set(tokens).size).toBe(2)
  for (const token of tokens) expect(token).toMatch(/^chs_[A-Za-z0-9_-]{43}$/)

  const stored = await peek(
    db,
    sql`select encode(token_hash, 'hex') as hash, ip, user_agent, row_to_json(sessions)::text as row from sessions
      where user_id = ${idOf(person)}::uuid order by created_at, id`,
  )
  const hashes = tokens.map((token) => createHash('sha256').update(token).digest('hex'))
  expect(stored.map(({ hash }) => hash).toSorted()).toEqual(hashes.toSorted())
  for (const { ip, user_agent, row } of stored) {
    expect([ip, user_agent]).toEqual([here.ip, here.userAgent])
    for (const token of tokens) expect(row).not.toContain(token)
  }
  expect((await allEvents(db, person)).map(({ type, actor }) => [type, actor])).toEqual([
    ['SIGNED_IN', person.actor],
    ['SIGNED_IN', person.actor],
  ])
})

test('the case of an e-mail and the spaces around it do not matter', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const email = `  ${person.actor.name.toUpperCase()}\t`
  expect(await signIn(db, here, { email, password: PASSWORD }, fresh)).toMatchObject({
    ok: true,
    value: { caller: { actor: person.actor } },
  })
})

test('a wrong password, an unknown e-mail and an account that one is no member of are told alike, after one slow hash', async ({
  db,
  instance,
}) => {
  const slowHash = counting(instance.slowHash)
  await using fresh = freshInstance(db, slowHash)
  const person = await newOwner(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  const email = person.actor.name

  const answers = [
    await signIn(db, here, { email, password: 'a wrong password' }, fresh),
    await signIn(db, here, { email: newEmail(), password: 'some password' }, fresh),
    await signIn(db, here, { email, password: PASSWORD, accountId: stranger.accountId }, fresh),
    await signIn(db, here, { email, password: PASSWORD, accountId: crypto.randomUUID() }, fresh),
  ]
  expect(slowHash.verified).toEqual(['a wrong password', 'some password', PASSWORD, PASSWORD])
  expect([...slowHash.costs]).toEqual(['argon2id v=19 m=19456,p=1,t=2 22 43'])
  for (const answer of answers)
    expect(answer).toEqual({
      ok: false,
      errors: [{ path: [], code: 'INVALID_CREDENTIALS', message: 'E-mail or password is wrong.' }],
    })
  expect(await sessionsOf(db, person)).toEqual([])
  const events = await allEvents(db, person) // the wrong password may have been written by now
  expect(events.filter(({ type }) => type !== 'SIGN_IN_FAILED')).toEqual([])
})

test('a password of more than 1,024 characters is refused before it costs a hash', async ({ db, instance }) => {
  const slowHash = counting(instance.slowHash)
  await using fresh = freshInstance(db, slowHash)
  const person = await newOwner(db, instance.slowHash)
  const answer = await signIn(db, here, { email: person.actor.name, password: 'x'.repeat(1025) }, fresh)
  expect(answer).toMatchObject({ ok: false, errors: [{ code: 'INVALID_CREDENTIALS' }] })
  expect(slowHash.verified).toEqual([])
})

test('a text that is too long for an e-mail is told as an unknown one', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const email = person.actor.name + ' '.repeat(2000)
  expect(await signIn(db, here, { email, password: PASSWORD }, fresh)).toMatchObject({
    ok: false,
    errors: [{ code: 'INVALID_CREDENTIALS' }],
  })
})

test('accountId chooses the account, else the one used last, else the one joined first', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const first = person.accountId
  const second = (await newAccount(db, 'Second')).accountId
  await alsoIn(db, person, second, 'AUDITOR')
  const accountOf = async (accountId?: string) => {
    const result = await signIn(db, here, { email: person.actor.name, password: PASSWORD, accountId }, fresh)
    return result.ok && result.value.caller.accountId
  }
  expect(await accountOf()).toBe(first)
  expect(await accountOf(second)).toBe(second)
  await used(second, 1)
  expect(await accountOf()).toBe(second)
  expect(await accountOf(first)).toBe(first)
  await used(first, 2)
  expect(await accountOf()).toBe(first)

  function used(accountId: string, minutes: number) {
    return peek(
      db,
      sql`update sessions set last_seen_at = clock_timestamp() + make_interval(mins => ${minutes}::int)
        where user_id = ${idOf(person)}::uuid and account_id = ${accountId}::uuid`,
    )
  }
})

test('a person without any membership cannot sign in, and losing the last one ends their sessions', async ({
  db,
  owner,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newMember(db, instance.slowHash, owner, 'ADMIN')
  const input = { email: person.actor.name, password: PASSWORD }
  const before = await signIn(db, here, input, fresh)
  if (!before.ok) throw new Error('The sign-in failed.')
  await removeMember(db, owner, { userId: idOf(person) })

  expect(await findSession(db, before.value.sessionToken, here, fresh.limits)).toBeNull()
  expect(await signIn(db, here, input, fresh)).toMatchObject({ ok: false, errors: [{ code: 'INVALID_CREDENTIALS' }] })
  expect(await sessionsOf(db, person)).toEqual([])
})

test('signOut ends this session alone, tells it once, and may come twice', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const results = [1, 2].map(() => signIn(db, here, { email: person.actor.name, password: PASSWORD }, fresh))
  const [ended, other] = (await Promise.all(results)).flatMap((result) => (result.ok ? result.value : []))
  if (!ended || !other) throw new Error('The sign-ins failed.')

  await signOut(db, person, ended.sessionId)
  await signOut(db, person, ended.sessionId)
  expect(await findSession(db, ended.sessionToken, here, fresh.limits)).toBeNull()
  expect((await findSession(db, other.sessionToken, here, fresh.limits))?.id).toBe(other.sessionId)
  expect((await allEvents(db, person)).map(({ type }) => type)).toEqual(['SIGNED_IN', 'SIGNED_IN', 'SIGNED_OUT'])
})
