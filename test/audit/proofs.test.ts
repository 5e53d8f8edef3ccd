import { sql } from 'drizzle-orm'
import { beforeEach } from 'vitest'
import { findCheckpoint, proveConsistency, proveInclusion, readSeal, verifyHistory } from '../../src/audit/index.ts'
import { type Database, rows } from '../../src/database/index.ts'
import { checkConsistency, checkInclusion } from '../../src/verify/index.ts'
import { allEvents, describe, expect, memberOf, newAccount, read, test } from '../support/index.ts'
import { asSuperuser, startSealer, withoutAuditKeys } from './sealing.ts'
import { writeEvents } from './write-events.ts'

beforeEach<{ db: Database }>(async ({ db }) => {
  await withoutAuditKeys(db)
  await asSuperuser(db, 'delete from audit_nodes; delete from audit_checkpoints')
})

test('every event is proved in every size, and every size in every later one, signed or not', async ({ db, owner }) => {
  await writeEvents(db, owner, 4)
  await using sealer = await startSealer(db)
  await sealer.sealNow(owner.accountId)
  await writeEvents(db, owner, 7)
  await sealer.sealNow(owner.accountId)
  const leaves = (await allEvents(db, owner)).map(({ hash }) => Buffer.from(hash, 'hex'))
  await read(db, owner, async (tx) => {
    for (let size = 1; size <= 11; size += 1) {
      for (let sequence = 1; sequence <= size; sequence += 1) {
        const { rootHash, hashes } = await proveInclusion(tx, owner, sequence, size)
        const leaf = leaves[sequence - 1] ?? Buffer.alloc(0)
        expect(checkInclusion(sequence - 1, size, leaf, hashes, rootHash)).toBe(true)
      }
      for (let from = 0; from <= size; from += 1) {
        const { rootHash, hashes } = await proveConsistency(tx, owner, from, size)
        const earlier = (await proveConsistency(tx, owner, 0, from)).rootHash
        expect(checkConsistency(from, size, earlier, rootHash, hashes)).toBe(true)
      }
    }
    const signed = await findCheckpoint(tx, owner, 4)
    expect(signed?.rootHash).toEqual((await proveConsistency(tx, owner, 0, 4)).rootHash)
    expect([(await findCheckpoint(tx, owner, null))?.size, await findCheckpoint(tx, owner, 5)]).toEqual([11, null])
  })
})

test('a proof reads as many nodes as it is long, however many the account has', async ({ db, owner }) => {
  const account = `'${owner.accountId}'::uuid`
  await asSuperuser(
    db,
    `insert into audit_nodes select ${account}, level, index, sha256('x')
      from generate_series(0, 12) as level, lateral generate_series(0, (4096 >> level) - 1) as index;
    insert into audit_checkpoints values (${account}, 4096, sha256('x'), now(), '')`,
  )
  const met = await read(db, owner, async (tx) => {
    // The session may still count what it did before this transaction.
    const count = async () => {
      const counted = sql`select (seq_tup_read + idx_tup_fetch)::int as nodes from pg_stat_xact_user_tables where relname = 'audit_nodes'`
      const [row] = await rows<{ nodes: number }>(tx, counted)
      return row?.nodes ?? 0
    }
    const before = await count()
    expect((await proveInclusion(tx, owner, 1, 4096)).hashes).toHaveLength(12)
    return (await count()) - before
  })
  // Of 8,191.
  expect(met).toBeGreaterThan(0)
  expect(met).toBeLessThanOrEqual(26)
})

describe('refused', () => {
  test('sizes that are not sealed, and places that are in none', async ({ db, owner }) => {
    await writeEvents(db, owner, 3)
    await using sealer = await startSealer(db)
    await sealer.sealNow(owner.accountId)
    await writeEvents(db, owner, 1)
    expect(await read(db, owner, (tx) => readSeal(tx, owner))).toEqual({ sealedSize: 3, headSize: 4, problem: null })
    for (const [sequence, size] of [
      [1, 4],
      [0, 3],
      [4, 3],
      [-1, 3],
      [1, -1],
    ] as const)
      await expect(read(db, owner, (tx) => proveInclusion(tx, owner, sequence, size))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      })
    for (const [from, to] of [
      [0, 4],
      [3, 2],
      [-1, 3],
    ] as const)
      await expect(read(db, owner, (tx) => proveConsistency(tx, owner, from, to))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      })
  })

  test('who may not read the history; and another account has a history of its own', async ({ db, owner }) => {
    await writeEvents(db, owner, 3)
    await using sealer = await startSealer(db)
    await sealer.sealNow(owner.accountId)
    const nobody = { ...(await memberOf(db, owner, 'AUDITOR')), permissions: new Set<never>() }
    for (const ask of [
      () => read(db, nobody, (tx) => findCheckpoint(tx, nobody, null)),
      () => read(db, nobody, (tx) => proveInclusion(tx, nobody, 1, 1)),
      () => read(db, nobody, (tx) => proveConsistency(tx, nobody, 0, 1)),
      () => read(db, nobody, (tx) => readSeal(tx, nobody)),
      () => read(db, nobody, (tx) => verifyHistory(tx, nobody, 0, 10)),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const other = await newAccount(db)
    expect(await read(db, other, (tx) => findCheckpoint(tx, other, null))).toBeNull()
    await expect(read(db, other, (tx) => proveInclusion(tx, other, 1, 1))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })
})

describe('a walk along the history', () => {
  test('goes on where it got to, and is complete at the head, sealed or not', async ({ db, owner }) => {
    await writeEvents(db, owner, 6)
    await using sealer = await startSealer(db)
    await sealer.sealNow(owner.accountId)
    await writeEvents(db, owner, 2)
    const verify = (after: number, first: number) => read(db, owner, (tx) => verifyHistory(tx, owner, after, first))
    const intact = { brokenAt: null, reason: null }
    expect(await verify(0, 5)).toEqual({ ...intact, checked: 5, through: 5, complete: false })
    expect(await verify(5, 5)).toEqual({ ...intact, checked: 3, through: 8, complete: true })
    expect(await verify(0, 100)).toMatchObject({ checked: 8, complete: true })
    expect(await verify(8, 100)).toEqual({ ...intact, checked: 0, through: null, complete: true })
    for (const first of [0, -1, 10_001])
      await expect(verify(0, first)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  const edit = `record = replace(record, '"SIGNED_IN"', '"SIGNED_OUT"')`
  const rehash = `hash = sha256('\\x00'::bytea || convert_to(record, 'UTF8'))`
  const damages: [name: string, brokenAt: number, reason: string, damage: (account: string) => string][] = [
    ['an edited record', 3, 'edited', (a) => `update audit_events set ${edit} where ${a} and sequence = 3`],
    [
      'an edited record and its hash',
      3,
      'rewritten',
      (a) =>
        `update audit_events set ${edit} where ${a} and sequence = 3; update audit_events set ${rehash} where ${a} and sequence = 3`,
    ],
    ['a removed event', 3, 'removed', (a) => `delete from audit_events where ${a} and sequence = 3`],
    [
      'a cut tail',
      5,
      'cut',
      (a) => `delete from audit_events where ${a} and sequence >= 5; update audit_heads set sequence = 4 where ${a}`,
    ],
    ['a changed node', 4, 'rewritten', (a) => `update audit_nodes set hash = sha256('x') where ${a} and level = 2`],
  ]
  test.for(damages)('names %s', async ([, brokenAt, reason, damage], { db, owner }) => {
    await writeEvents(db, owner, 6)
    await using sealer = await startSealer(db)
    await sealer.sealNow(owner.accountId)
    await asSuperuser(db, damage(`account_id = '${owner.accountId}'`))
    const verified = await read(db, owner, (tx) => verifyHistory(tx, owner, 0, 100))
    expect(verified).toMatchObject({ brokenAt, reason: expect.stringMatching(`^${reason}:`), complete: false })
  })
})
