import { createPool, type Poolable } from '../../src/database/pool.ts'
import { DatabaseUnavailable } from '../../src/database/unavailable.ts'
import { beginUse } from '../../src/database/use.ts'
import { expect, test } from '../support/index.ts'

type FakeSession = Poolable & { number: number; lose(): void }

/** A pool of sessions that do nothing; `answering: false` makes sessions that never began well. */
function openPool(max: number, answering = true) {
  const sessions: FakeSession[] = []
  const pool = createPool<FakeSession>((onLost) => {
    const session: FakeSession = {
      number: sessions.length,
      hasAnswered: () => answering,
      close: async () => {},
      lose: () => onLost(new Error('lost')),
    }
    sessions.push(session)
    return session
  }, max)
  return { pool, sessions }
}
const use = () => beginUse(null)
/** Whether it has come by now. */
const isThere = (promise: Promise<unknown>) => Promise.race([promise.then(() => true), Promise.resolve(false)])

test('statements share sessions once there are no more to open, and the least used one is next', async () => {
  const { pool } = openPool(3)
  const numbers: number[] = []
  for (let index = 0; index < 7; index++) numbers.push((await pool.lend(false, use())).session.number)
  expect(numbers).toEqual([0, 1, 2, 0, 1, 2, 0])
})

test('a transaction has a session that nobody takes, behind the statements that are in it already', async () => {
  const { pool } = openPool(1)
  const statement = await pool.lend(false, use())
  const transaction = await pool.lend(true, use())
  expect(transaction.session).toBe(statement.session)
  const [second, third] = [pool.lend(false, use()), pool.lend(true, use())]
  statement.release()
  expect(await isThere(second)).toBe(false)
  transaction.release()
  expect((await second).session).toBe(transaction.session)
  expect((await third).session).toBe(transaction.session)
})

test('two sessions are for statements alone, so that transactions that wait for each other stop no token', async () => {
  const { pool } = openPool(4)
  const [one, two] = [await pool.lend(true, use()), await pool.lend(true, use())]
  const third = pool.lend(true, use())
  const statement = await pool.lend(false, use())
  expect([one, two].map(({ session }) => session)).not.toContain(statement.session)
  expect(await isThere(third)).toBe(false)
  one.release()
  expect((await third).session).toBe(one.session)
})

test('who comes when 500 wait is refused at once', async () => {
  const { pool } = openPool(1)
  const first = await pool.lend(true, use())
  const waiting = Array.from({ length: 500 }, () => pool.lend(true, use()))
  await expect(pool.lend(false, use())).rejects.toThrow(DatabaseUnavailable)
  for (let lent = first; waiting.length > 0; lent = (await waiting.shift()) ?? lent) lent.release()
})

test('who is out of time waits no longer, and is given no session', async () => {
  const { pool } = openPool(1)
  const first = await pool.lend(true, use())
  await expect(pool.lend(true, beginUse(1))).rejects.toThrow('The database did not answer in time.')
  const next = pool.lend(true, use())
  first.release()
  expect((await next).session.number).toBe(0)
})

test('a lost session is forgotten, and who waited for it gets another', async () => {
  const { pool, sessions } = openPool(1)
  const lent = await pool.lend(true, use())
  const waiting = pool.lend(true, use())
  lent.session.lose()
  expect((await waiting).session.number).toBe(1)
  lent.release()
  expect(sessions).toHaveLength(2)
})

test('after a session that could not begin nobody tries for a moment: whoever comes or waits is refused', async () => {
  const { pool, sessions } = openPool(1, false)
  const lent = await pool.lend(true, use())
  const waiting = expect(pool.lend(true, use())).rejects.toThrow(DatabaseUnavailable)
  lent.session.lose()
  await waiting
  await expect(pool.lend(false, use())).rejects.toMatchObject({ name: 'DatabaseUnavailable', cause: new Error('lost') })
  expect(sessions).toHaveLength(1)
  await expect
    .poll(() =>
      pool.lend(false, use()).then(
        ({ session }) => session.number,
        () => null,
      ),
    )
    .toBe(1)
})

test('a pool that closes takes nothing new, and waits for what is under way', async () => {
  const { pool } = openPool(2)
  const lent = await pool.lend(true, use())
  const closing = pool.close()
  await expect(pool.lend(false, use())).rejects.toThrow('The database is being closed.')
  expect(await isThere(closing)).toBe(false)
  lent.release()
  await closing
})
