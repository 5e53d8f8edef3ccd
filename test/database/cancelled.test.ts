import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { connectPostgres, isUnavailable, readAccount, rows } from '../../src/database/index.ts'
import { describe, expect, test } from '../support/index.ts'
import { openWire } from './wire.ts'

const setting = sql`select current_setting('chatelaine.account', true) as account, ${'text'}::text as parameter`
/** As the server ends what takes too long, or what it was told to cancel. */
const cancelled = sql`do $$ begin raise exception 'on purpose' using errcode = '57014'; end $$`

describe.runIf(inject('engine') === 'postgres')('where the server cancels', () => {
  // Else the session would stay in a transaction that has failed, and all that comes next would fail with it (25P02).
  for (const { end, of, work } of [
    { end: 'commit', of: 'one that read', work: async () => {} },
    { end: 'rollback', of: 'one that failed', work: () => Promise.reject(new Error('on purpose')) },
  ])
    test(`the ${end} of ${of}, what comes next is no part of it`, async ({ owner, databaseUrl }) => {
      await using wire = await openWire(databaseUrl ?? '')
      const { db, close } = connectPostgres(wire.url, { max: 1 })
      await rows(db, setting)
      wire.spoil(end) // refused: to the session the same as cancelled
      await readAccount(db, owner.accountId, work).catch(() => {})
      for (const outcome of await Promise.allSettled([rows(db, setting), rows(db, setting)]))
        if (outcome.status === 'rejected') expect(outcome.reason).toSatisfy(isUnavailable) // it was on its way already
      expect(await rows(db, setting)).toEqual([{ account: null, parameter: 'text' }])
      expect(await readAccount(db, owner.accountId, (tx) => rows(tx, setting))).toMatchObject([
        { account: owner.accountId },
      ])
      await close()
    })

  test('a statement, those behind it in its transaction are told why', async ({ db, owner }) => {
    const outcomes = await readAccount(db, owner.accountId, (tx) =>
      Promise.allSettled([rows(tx, cancelled), rows(tx, setting), rows(tx, setting)]),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') throw new Error('It was answered.')
      expect(outcome.reason).toSatisfy(isUnavailable)
    }
  })
})
