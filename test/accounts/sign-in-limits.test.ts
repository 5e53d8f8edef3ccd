import { addMember, signIn } from '../../src/accounts/index.ts'
import { expect, startTestGateway, test } from '../support/index.ts'
import { freshInstance, from, newEmail, newOwner, PASSWORD, sessionsOf } from './people.ts'

const here = from('203.0.113.9')
const WRONG = 'a wrong password'

test('after 10 failures in 15 minutes for an e-mail from one network, the right password is refused too', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const { email, attempt } = await attempts()
  for (let failure = 0; failure < 10; failure += 1)
    expect(await attempt(WRONG)).toMatchObject({ ok: false, errors: [{ code: 'INVALID_CREDENTIALS' }] })

  const limited = { code: 'RATE_LIMITED', extensions: { retryAfter: expect.closeTo(900, -2) } }
  await expect(attempt(WRONG)).rejects.toMatchObject(limited)
  await expect(attempt(PASSWORD)).rejects.toMatchObject(limited)
  await expect(attempt(PASSWORD, ` ${email.toUpperCase()}`)).rejects.toMatchObject(limited)
  // From elsewhere the same person comes in: nobody locks another out.
  expect(await attempt(PASSWORD, email, '203.0.113.10')).toMatchObject({ ok: true })

  async function attempts() {
    const person = await newOwner(db, instance.slowHash)
    const known = person.actor.name
    const one = (password: string, as = known, ip = '203.0.113.9') =>
      signIn(db, from(ip), { email: as, password }, fresh)
    return { email: known, attempt: one }
  }
})

test('an IPv6 network of 64 bits is one guesser', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const attempt = (ip: string, password: string) => signIn(db, from(ip), { email: person.actor.name, password }, fresh)
  for (let host = 1; host <= 10; host += 1) await attempt(`2001:db8:0:1::${host}`, WRONG)
  await expect(attempt('2001:db8:0:1:ffff::1', PASSWORD)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(await attempt('2001:db8:0:2::1', PASSWORD)).toMatchObject({ ok: true })
})

test('an address has 50 failures an hour for all e-mails together, known and unknown', async ({ db, instance }) => {
  const slowHash = { ...instance.slowHash, verify: async () => false } // fifty hashes would take a second
  await using fresh = freshInstance(db, slowHash)
  for (let failure = 0; failure < 50; failure += 1)
    expect(await signIn(db, here, { email: newEmail(), password: WRONG }, fresh)).toMatchObject({ ok: false })
  const person = await newOwner(db, instance.slowHash)
  await expect(signIn(db, here, { email: person.actor.name, password: PASSWORD }, fresh)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    extensions: { retryAfter: expect.closeTo(3600, -2) },
  })
})

test('guesses at the same instant get no more answers than one after the other', async ({ db, instance }) => {
  const othersDone = Promise.withResolvers<void>()
  const verify = async (hash: string, password: string) => {
    if (password === PASSWORD) await othersDone.promise
    return instance.slowHash.verify(hash, password)
  }
  await using fresh = freshInstance(db, { ...instance.slowHash, verify })
  const person = await newOwner(db, instance.slowHash)
  const guess = (password: string) => signIn(db, here, { email: person.actor.name, password }, fresh)

  const right = guess(PASSWORD) // let in before any failure, verified after all of them
  const wrong = await Promise.allSettled(Array.from({ length: 24 }, () => guess(WRONG)))
  othersDone.resolve()
  expect(wrong.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  for (const answer of wrong)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'RATE_LIMITED' })
  await expect(right).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(await sessionsOf(db, person)).toEqual([])
})

test('right passwords count towards no limit', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const enter = () => signIn(db, here, { email: person.actor.name, password: PASSWORD }, fresh)
  const results = await Promise.all(Array.from({ length: 12 }, enter))
  expect(results.every(({ ok }) => ok)).toBe(true)
  expect(await addMember(db, person, { email: newEmail(), role: 'AUDITOR', password: PASSWORD }, fresh)).toMatchObject({
    ok: true,
  })
})

test('100 aliases of signIn count as 100 attempts, and RATE_LIMITED tells when to come again', async () => {
  await using gateway = await startTestGateway() // its failures would limit the other tests' sign-ins
  const aliases = Array.from({ length: 100 }, (_none, index) => `a${index}: signIn(input: $i) { errors { code } }`)
  const input = { email: 'owner@example.com', password: WRONG }
  type Answer = Record<string, { errors: { code: string }[] } | null>
  const { status, body } = await gateway.graphql<Answer>(`mutation ($i: SignInInput!) { ${aliases.join(' ')} }`, {
    i: input,
  })

  expect(status).toBe(200)
  const answered = Object.values(body.data ?? {}).filter((answer) => answer !== null)
  expect(answered).toEqual(Array.from({ length: 10 }, () => ({ errors: [{ code: 'INVALID_CREDENTIALS' }] })))
  expect(body.errors).toHaveLength(90)
  for (const error of body.errors ?? [])
    expect(error.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: expect.closeTo(900, -2) })
  const right = { email: gateway.env.ADMIN_EMAIL, password: gateway.env.ADMIN_PASSWORD }
  const enter = 'mutation ($i: SignInInput!) { signIn(input: $i) { sessionToken } }'
  expect((await gateway.graphql(enter, { i: right })).body).toMatchObject({
    data: { signIn: null },
    errors: [{ path: ['signIn'], extensions: { code: 'RATE_LIMITED' } }],
  })
})
