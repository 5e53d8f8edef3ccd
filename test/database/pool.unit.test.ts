import { createPool, type Poolable } from '../../src/database/pool.ts'
import { DatabaseUnavailable } from '../../src/database/unavailable.ts'
import { beginUse, type Use } from '../../src/database/use.ts'
import { expect, test } from '../support/index.ts'

type FakeSession = Poolable & { number: number; lose(): void }

/** A pool of sessions that do nothing; `answering: false` makes sessions that never began well. */
function openPool(max: number, answering = true) {
  const sessions: FakeSession[] = []
  const pool = createPool<FakeSession>((onLost) => {
    const session: FakeSession = {
      number: sessions.length,
      hasAnswered: () => answering,
      quiet: async () => {},
      close: async () => {},
      lose: () => onLost(new Error('lost')),
    }
    sessions.push(session)
    return session
  }, max)
  /** Takes a session, to be given back by `release`. */
  const lend = (exclusive: boolean, use: Use) =>
    new Promise<{ session: FakeSession; release(): void }>((resolve, reject) => {
      const work = (session: FakeSession) => new Promise<void>((release) => resolve({ session, release }))
      pool.run(exclusive, use, work).catch(reject)
    })
  return { pool, sessions, lend }
}
const use = () => beginUse(null)
/** Whether it has come by now. */
const isThere = (promise: Promise<unknown>) => Promise.race([promise.then(() => true), Promise.resolve(false)])

test('statements fill a session before another is opened, and share them evenly once there are no more to open', async () => {
  const { lend } = openPool(3)
  const lent = []
  for (let index = 0; index < 40; index++) lent.push(await lend(false, use()))
  const numbers = lent.map(({ session }) => session.number)
  expect(numbers).toEqual([...Array(12).fill(0), ...Array(12).fill(1), ...Array(12).fill(2), 0, 1, 2, 0])

  for (const { session, release } of lent) if (session.number === 1) release()
  await Promise.resolve()
  expect((await lend(false, use())).session.number).toBe(1)
})

test('a statement goes where others are, not into a session that a transaction could have for itself', async () => {
  const { lend } = openPool(3)
  const transaction = await lend(true, use())
  const statement = await lend(false, use())
  transaction.release()
  await new Promise((later) => setImmediate(later))
  expect((await lend(false, use())).session).toBe(statement.session)
  expect((await lend(true, use())).session).toBe(transaction.session)
})

test('a transaction has a session that nobody takes, once it has answered what was in it', async () => {
  const { lend } = openPool(1)
  const statement = await lend(false, use())
  const transaction = await lend(true, use())
  expect(transaction.session).toBe(statement.session)
  const [second, third] = [lend(false, use()), lend(true, use())]
  statement.release()
  expect(await isThere(second)).toBe(false)
  transaction.release()
  expect((await second).session).toBe(transaction.session)
  expect((await third).session).toBe(transaction.session)
})

test('work is called in the turn in which its session is given: what it sends first leaves in that order', async () => {
  const { pool, lend } = openPool(1)
  const sent: string[] = []
  const send = (name: string, exclusive: boolean) =>
    pool.run(exclusive, use(), async () => {
      sent.push(name)
    })
  const done = [send('statement', false), send('transaction', true), send('statement behind it', false)]
  expect(sent).toEqual(['statement'])
  await Promise.all(done)
  expect(sent.splice(0)).toEqual(['statement', 'transaction', 'statement behind it'])

  const { release } = await lend(true, use())
  const later = [send('waited first', false), send('waited next', false), send('transaction that waited', true)]
  release()
  await Promise.all(later)
  expect(sent).toEqual(['waited first', 'waited next', 'transaction that waited'])
})

test('two sessions are for statements alone, so that transactions that wait for each other stop no token', async () => {
  const { lend } = openPool(4)
  const [one, two] = [await lend(true, use()), await lend(true, use())]
  const third = lend(true, use())
  const statement = await lend(false, use())
  expect([one, two].map(({ session }) => session)).not.toContain(statement.session)
  expect(await isThere(third)).toBe(false)
  one.release()
  expect((await third).session).toBe(one.session)
})

test('who comes when 500 wait is refused at once', async () => {
  const { lend } = openPool(1)
  const first = await lend(true, use())
  const waiting = Array.from({ length: 500 }, () => lend(true, use()))
  await expect(lend(false, use())).rejects.toThrow(DatabaseUnavailable)
  for (let lent = first; waiting.length > 0; lent = (await waiting.shift()) ?? lent) lent.release()
})

test('who is out of time waits no longer, and is given no session', async () => {
  const { lend } = openPool(1)
  const first = await lend(true, use())
  await expect(lend(true, beginUse(1))).rejects.toThrow('The database did not answer in time.')
  const next = lend(true, use())
  first.release()
  expect((await next).session.number).toBe(0)
})

test('a lost session is forgotten, and who waited for it gets another', async () => {
  const { lend, sessions } = openPool(1)
  const lent = await lend(true, use())
  const waiting = lend(true, use())
  lent.session.lose()
  expect((await waiting).session.number).toBe(1)
  lent.release()
  expect(sessions).toHaveLength(2)
})

test('after a session that could not begin nobody tries for a moment: whoever comes or waits is refused', async () => {
  const { lend, sessions } = openPool(1, false)
  const lent = await lend(true, use())
  const waiting = expect(lend(true, use())).rejects.toThrow(DatabaseUnavailable)
  lent.session.lose()
  await waiting
  await expect(lend(false, use())).rejects.toMatchObject({ name: 'DatabaseUnavailable', cause: new Error('lost') })
  expect(sessions).toHaveLength(1)
  await expect
    .poll(() =>
      lend(false, use()).then(
        ({ session }) => session.number,
        () => null,
      ),
    )
    .toBe(1)
})

test('a pool that closes takes nothing new, and waits for what is under way', async () => {
  const { pool, lend } = openPool(2)
  const lent = await lend(true, use())
  const closing = pool.close()
  await expect(lend(false, use())).rejects.toThrow('The database is being closed.')
  expect(await isThere(closing)).toBe(false)
  lent.release()
  await closing
})
