import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { connectPostgres, inAccount, rows } from '../../src/database/index.ts'
import { createPool, type Poolable } from '../../src/database/pool.ts'
import { beginUse } from '../../src/database/use.ts'
import { describe, expect, test } from '../support/index.ts'

type Who = { role: string; account: string }
const WHO = sql`select current_user::text as role, coalesce(current_setting('chatelaine.account', true), '') as account`

describe.runIf(inject('engine') === 'postgres')('on few sessions under load', () => {
  test('a statement of its own never becomes part of a transaction, nor the other way about', async ({
    databaseUrl,
  }) => {
    for (const [max, workers] of [
      [1, 2],
      [1, 3],
      [1, 5],
      [3, 4],
      [3, 24],
      [10, 24],
      [10, 150],
    ] as const) {
      const connection = connectPostgres(databaseUrl ?? '', { max })
      await using _closing = { [Symbol.asyncDispose]: connection.close }
      const alone = () => rows<Who>(connection.db, WHO)
      const inside = async () => {
        const account = randomUUIDv7()
        const seen = await inAccount(connection.db, account, async (tx) => [
          ...(await rows<Who>(tx, WHO)),
          ...(await rows<Who>(tx, WHO)),
        ])
        const member = { role: 'chatelaine_member', account }
        expect(seen).toEqual([member, member])
      }
      const outside = async () => {
        const both = await Promise.all([alone(), alone()])
        const gateway = { role: 'chatelaine_gateway', account: '' }
        expect(both).toEqual([[gateway], [gateway]])
      }
      // Each goes on as soon as it has its answer, so that some come in the turn in which a session becomes free.
      const work = Array.from({ length: workers }, async () => {
        for (let step = 0; step < 960 / workers; step++) await (step % 2 ? inside() : outside())
      })
      await Promise.all(work)
    }
  })
})

describe('a pool of one session', () => {
  const session: Poolable = { hasAnswered: () => true, close: async () => {} }

  test('lends it to a transaction when the statements in it are answered, and to nobody else until it is back', async () => {
    const pool = createPool(() => session, 1)
    const told: string[] = []
    const lend = async (name: string, exclusive: boolean, withinMs: number | null = null) => {
      const lent = await pool.lend(exclusive, beginUse(withinMs))
      told.push(name)
      return lent
    }
    const [one, two] = [await lend('statement', false), await lend('statement', false)]
    const transaction = lend('transaction', true)
    const after = lend('later statement', false)
    one.release()
    await new Promise(setImmediate)
    expect(told).toEqual(['statement', 'statement'])
    two.release()
    const begun = await transaction
    await new Promise(setImmediate)
    expect(told).toEqual(['statement', 'statement', 'transaction'])
    begun.release()
    await after
    expect(told).toEqual(['statement', 'statement', 'transaction', 'later statement'])
  })

  test('has it again where a transaction waited for it in vain', async () => {
    const pool = createPool(() => session, 1)
    const statement = await pool.lend(false, beginUse(null))
    await expect(pool.lend(true, beginUse(20))).rejects.toThrow('did not answer in time')
    const next = pool.lend(false, beginUse(1000))
    statement.release()
    ;(await next).release()
    ;(await pool.lend(true, beginUse(1000))).release()
  })
})
