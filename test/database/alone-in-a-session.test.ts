import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { connectPostgres, inAccount, rows } from '../../src/database/index.ts'
import { describe, expect, test } from '../support/index.ts'

type Who = { role: string; account: string }
const WHO = sql`select current_user::text as role, coalesce(current_setting('chatelaine.account', true), '') as account`

describe.runIf(inject('engine') === 'postgres')('on few sessions under load', () => {
  test('a statement of its own never becomes part of a transaction, nor the other way about', {
    timeout: 60_000,
  }, async ({ databaseUrl }) => {
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
        for (let step = 0; step < 300 / workers; step++) await (step % 2 ? inside() : outside())
      })
      await Promise.all(work)
    }
  })

  test('nor in a session that has only just begun', async ({ databaseUrl }) => {
    for (let times = 0; times < 5; times++) {
      const { db, close } = connectPostgres(databaseUrl ?? '', { max: 1 })
      const account = randomUUIDv7()
      const statements = Array.from({ length: 4 }, () => rows<Who>(db, WHO))
      const within = Promise.all(statements.slice(0, 2)).then(() =>
        inAccount(db, account, async (tx) => {
          const both = await Promise.all([rows<Who>(tx, WHO), rows<Who>(tx, WHO)])
          return [...both.flat(), ...(await rows<Who>(tx, WHO))]
        }),
      )
      expect(await Promise.all(statements)).toEqual(Array(4).fill([{ role: 'chatelaine_gateway', account: '' }]))
      expect(await within).toEqual(Array(3).fill({ role: 'chatelaine_member', account }))
      await close()
    }
  })
})
