import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { recordEvent } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import {
  connectPostgres,
  type Database,
  DatabaseUnavailable,
  databaseNow,
  inAccount,
  isUnavailable,
  rows,
} from '../../src/database/index.ts'
import { allEvents, describe, expect, newAccount, test } from '../support/index.ts'
import { openWire, type Wire } from './wire.ts'

const setting = sql`select current_setting('chatelaine.account', true) as account, ${'text'}::text as parameter`
const record = async (tx: Database, owner: Caller) => {
  const resource = { type: 'Account', id: owner.accountId, name: 'Test' } as const
  return recordEvent(tx, owner, await databaseNow(tx), { type: 'ACCOUNT_UPDATED', resource })
}

describe.runIf(inject('engine') === 'postgres')('where a connection breaks', () => {
  async function over(databaseUrl: string | null, work: (wire: Wire, db: Database) => Promise<void>): Promise<void> {
    await using wire = await openWire(databaseUrl ?? '')
    const { db, close } = connectPostgres(wire.url, { max: 3 })
    await work(wire, db).finally(close)
  }

  test('before its COMMIT, a transaction has not happened', async ({ db, owner, databaseUrl }) => {
    await over(databaseUrl, async (wire, broken) => {
      const doing = inAccount(broken, owner.accountId, async (tx) => {
        await record(tx, owner)
        wire.loseAnswerTo('select 1')
        await rows(tx, sql`select 1`)
      })
      await expect(doing).rejects.toSatisfy(isUnavailable)
      expect(await allEvents(db, owner)).toEqual([])
      await inAccount(broken, owner.accountId, (tx) => record(tx, owner))
      expect(await allEvents(db, owner)).toHaveLength(1)
    })
  })

  test('in place of the answer to its COMMIT, nobody says that it has happened, and it is not tried again', async ({
    db,
    owner,
    databaseUrl,
  }) => {
    await over(databaseUrl, async (wire, broken) => {
      let tries = 0
      const doing = inAccount(broken, owner.accountId, async (tx) => {
        tries += 1
        await record(tx, owner)
        wire.loseAnswerTo('commit')
      })
      await expect(doing).rejects.toThrow(DatabaseUnavailable)
      expect(tries).toBe(1)
      expect(await allEvents(db, owner)).toHaveLength(1) // this time it has
    })
  })

  test('what is left of its transaction runs nowhere, and the next one is whole', async ({ owner, databaseUrl }) => {
    await over(databaseUrl, async (wire, db) => {
      const other = await newAccount(db)
      const { promise: broken, resolve } = Promise.withResolvers<void>()
      const doing = inAccount(db, owner.accountId, async (tx) => {
        wire.loseAnswerTo('select 1')
        await rows(tx, sql`select 1`).catch(() => {})
        await broken
        return rows(tx, setting)
      })
      const refused = expect(doing).rejects.toSatisfy(isUnavailable)
      const next = await inAccount(db, other.accountId, async (tx) => {
        const before = await rows(tx, setting)
        resolve()
        await refused
        return [...before, ...(await rows(tx, setting))]
      })
      expect(next).toEqual(Array(2).fill({ account: other.accountId, parameter: 'text' }))
      const { statements } = await wire.taken()
      expect(statements.filter((statement) => statement.startsWith('select current_setting'))).toHaveLength(2)
    })
  })

  test('a statement alone fails, and those after it go another way', async ({ databaseUrl }) => {
    await over(databaseUrl, async (wire, db) => {
      await rows(db, sql`select 2 as two`)
      wire.loseAnswerTo('select 1')
      await expect(rows(db, sql`select 1`)).rejects.toSatisfy(isUnavailable)
      expect(await rows(db, sql`select 1 as one`)).toEqual([{ one: 1 }])
    })
  })
})
