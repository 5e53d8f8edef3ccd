import { sql } from 'drizzle-orm'
import { beforeEach, inject } from 'vitest'
import { connectPostgres, type Database, inAccount } from '../../src/database/index.ts'
import { describe, expect, newAccount, peek, test } from '../support/index.ts'
import { asSuperuser, startSealer, withoutAuditKeys } from './sealing.ts'
import { writeEvents } from './write-events.ts'

const IDLE = 10_000

beforeEach<{ db: Database }>(async ({ db }) => {
  await withoutAuditKeys(db)
  await asSuperuser(db, 'delete from audit_nodes; delete from audit_checkpoints')
})

/** Rows that the one session has read of the audit tables, in sequential scans and by index, as the database counts them. */
async function rowsRead(db: Database): Promise<number> {
  await peek(db, 'select pg_stat_force_next_flush()')
  const [counted] = await peek<{ read: number }>(
    db,
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_user_tables where relname like 'audit_%'`,
  )
  return counted?.read ?? 0
}

const unsealed = async (db: Database) => {
  const found = await peek<{ id: string }>(db, 'select account_id as id from audit_unsealed order by 1')
  return found.map(({ id }) => id)
}

test.runIf(inject('engine') === 'postgres')(
  'a round of 10,000 accounts of which 3 grew reads a fraction of them',
  { timeout: 120_000 },
  async ({ db, databaseUrl }) => {
    await asSuperuser(
      db,
      `insert into accounts select gen_random_uuid(), 'Idle', now() from generate_series(1, ${IDLE});
      insert into audit_heads (account_id, occurred_at) select id, now() from accounts on conflict do nothing;
      insert into audit_seals select account_id, sequence, null from audit_heads on conflict do nothing;
      analyze audit_heads; analyze audit_seals`,
    )
    const one = connectPostgres(databaseUrl ?? '', { max: 1 })
    await using _closing = { [Symbol.asyncDispose]: one.close }
    await using sealer = await startSealer(one.db)
    await sealer.sealAll()
    const grown = [await newAccount(db), await newAccount(db), await newAccount(db)]
    for (const owner of grown) await writeEvents(db, owner, 2)
    const before = await rowsRead(one.db)
    await sealer.sealAll()
    const read = (await rowsRead(one.db)) - before
    for (const owner of grown) expect(await sealer.newest(owner)).toMatchObject({ size: 2 })
    // 500 heads and their seals are patrolled a round, and one by the clock may come between.
    expect(read).toBeLessThan(3000)
    expect(read).toBeGreaterThan(10)
  },
)

test('what grows while it is sealed is told and sealed all the same, and an idle account is told no more', async ({
  db,
  owner,
}) => {
  await using sealer = await startSealer(db)
  const writing = async () => {
    for (let written = 0; written < 20; written += 1) await writeEvents(db, owner)
  }
  await Promise.all([writing(), writing(), sealer.sealAll(), sealer.sealAll(), sealer.sealAll(), sealer.sealAll()])
  await sealer.sealAll()
  expect(await sealer.newest(owner)).toMatchObject({ size: 40 })
  expect(await unsealed(db)).not.toContain(owner.accountId)
})

describe.runIf(inject('engine') === 'postgres')('while an event is being written', () => {
  test('its account stays told of, though all that is committed is sealed, and nobody waits', async ({ db, owner }) => {
    await using sealer = await startSealer(db)
    await writeEvents(db, owner)
    await sealer.sealNow(owner.accountId)
    expect(await unsealed(db)).not.toContain(owner.accountId)
    await writeEvents(db, owner)
    await inAccount(db, owner.accountId, async (tx) => {
      await tx.execute(
        sql`select append_event(gen_random_uuid(), 'SIGNED_IN', null, null, null, clock_timestamp(), false, '{"occurredAt":"', '","sequence":', '}')`,
      )
      await sealer.sealNow(owner.accountId)
      expect(await sealer.newest(owner)).toMatchObject({ size: 2 })
      expect(await unsealed(db)).toContain(owner.accountId)
    })
  })
})

test('an account that nobody tells of any more is found by the patrol', async ({ db, owner }) => {
  await using sealer = await startSealer(db)
  await writeEvents(db, owner, 3)
  await asSuperuser(db, 'delete from audit_unsealed')
  for (let rounds = 0; !(await sealer.newest(owner)); rounds += 1) {
    expect(rounds).toBeLessThan(40)
    await sealer.sealAll()
  }
  expect(await sealer.newest(owner)).toMatchObject({ size: 3 })
})
