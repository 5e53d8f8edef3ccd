import { beforeEach } from 'vitest'
import { isSignedBy, readCheckpoint } from '../../src/audit/note.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { recoverKeys } from '../../src/keys/index.ts'
import { newWrapping, settings } from '../keys/signing-keys.ts'
import { allEvents, describe, expect, newAccount, peek, test } from '../support/index.ts'
import { asSuperuser, PUBLIC_URL, startSealer, withoutAuditKeys } from './sealing.ts'
import { writeEvents } from './write-events.ts'

beforeEach<{ db: Database }>(async ({ db }) => {
  await withoutAuditKeys(db)
  await asSuperuser(db, 'delete from audit_nodes; delete from audit_checkpoints')
})

const sizesOf = async (db: Database, { accountId }: Caller) => {
  const found = await peek<{ size: number }>(
    db,
    `select size::int from audit_checkpoints where account_id = '${accountId}' order by size`,
  )
  return found.map(({ size }) => size)
}

test('what has grown is signed, once a size, and an idle account gets no new checkpoint', async ({ db, owner }) => {
  const other = await newAccount(db)
  await writeEvents(db, owner, 7)
  await writeEvents(db, other, 1)
  await using sealer = await startSealer(db)
  await sealer.sealAll()
  await sealer.sealAll()
  expect([await sizesOf(db, owner), await sizesOf(db, other)]).toEqual([[7], [1]])
  const nodes = `select count(*)::int as nodes from audit_nodes where account_id = '${owner.accountId}'`
  expect(await peek(db, nodes)).toEqual([{ nodes: 7 + 3 + 1 }])
  await writeEvents(db, owner, 1)
  await sealer.sealNow(owner.accountId)
  expect(await sizesOf(db, owner)).toEqual([7, 8])

  const newest = await sealer.newest(owner)
  const said = readCheckpoint(newest?.note ?? '')
  expect(said).toMatchObject({ origin: `chatelaine.example.com/audit/${owner.accountId}`, size: 8 })
  const { keys, handovers } = await sealer.published()
  expect([keys.length, handovers]).toEqual([1, []])
  const key = Buffer.from(keys[0]?.publicKey ?? '', 'base64')
  expect(isSignedBy(newest?.note ?? '', said?.origin ?? '', key)).toBe(true)
  expect(sealer.logs).toContainEqual(
    expect.objectContaining({ msg: 'audit checkpoint', account: owner.accountId, size: 8, note: newest?.note }),
  )
})

test('a long backlog is signed in bounded batches', async ({ db, owner }) => {
  for (let part = 0; part < 14; part += 1) await writeEvents(db, owner, 150)
  await using sealer = await startSealer(db)
  await sealer.sealAll()
  expect(await sizesOf(db, owner)).toEqual([1000, 2000, 2100])
})

describe('where the history does not extend what was signed, nothing is signed, and it says so', () => {
  const damages: [name: string, problem: string, damage: (account: string) => string][] = [
    [
      'a new record was edited',
      'edited',
      (a) =>
        `update audit_events set record = replace(record, '"SIGNED_IN"', '"SIGNED_OUT"') where ${a} and sequence = 7`,
    ],
    ['a new event is missing', 'removed', (a) => `delete from audit_events where ${a} and sequence = 6`],
    [
      'the tail was cut',
      'cut',
      (a) => `delete from audit_events where ${a} and sequence >= 5; update audit_heads set sequence = 4 where ${a}`,
    ],
    ['a node was changed', 'rewritten', (a) => `update audit_nodes set hash = sha256('x') where ${a} and level = 2`],
    ['a node was removed', 'rewritten', (a) => `delete from audit_nodes where ${a} and level = 2`],
    [
      'tail and checkpoints were cut',
      'rolled-back',
      (a) =>
        `delete from audit_events where ${a} and sequence >= 4; update audit_heads set sequence = 3 where ${a}; delete from audit_checkpoints where ${a}; delete from audit_nodes where ${a}; delete from audit_seals where ${a}`,
    ],
    [
      'all was emptied',
      'rolled-back',
      (a) =>
        `delete from audit_events where ${a}; update audit_heads set sequence = 0 where ${a}; delete from audit_checkpoints where ${a}; delete from audit_nodes where ${a}; delete from audit_seals where ${a}`,
    ],
    [
      'the checkpoint was changed',
      'malformed',
      (a) => `update audit_checkpoints set root_hash = sha256('x') where ${a}`,
    ],
    [
      'the signature was changed',
      'key-unknown',
      (a) => `update audit_checkpoints set note = replace(note, 'time 2', 'time 3') where ${a}`,
    ],
  ]
  test.for(damages)('%s: %s', async ([, problem, damage], { db, owner }) => {
    const other = await newAccount(db)
    await writeEvents(db, owner, 5)
    await using sealer = await startSealer(db)
    await sealer.sealAll()
    const others = await sealer.refused() // what earlier tests have left behind
    await writeEvents(db, owner, 2)
    await writeEvents(db, other, 1)
    await asSuperuser(db, damage(`account_id = '${owner.accountId}'`))
    const before = await sizesOf(db, owner)
    await sealer.sealAll()
    await sealer.sealAll()
    expect(await sizesOf(db, owner)).toEqual(before)
    expect(await sealer.problem(owner)).toMatch(new RegExp(`^${problem}:`))
    expect(await sealer.refused()).toBe(others + 1)
    expect(sealer.logs.filter(({ level, account }) => level === 50 && account === owner.accountId)).toHaveLength(1)
    await expect(sealer.sealNow(owner.accountId)).rejects.toThrow(problem)
    expect(await sizesOf(db, other)).toEqual([1]) // the others go on
    expect((await writeEvents(db, owner))[0]).toBeGreaterThan(0) // and so does the product
  })
})

test('put right again, it is signed again, and the problem is gone', async ({ db, owner }) => {
  const account = `account_id = '${owner.accountId}'`
  await writeEvents(db, owner, 2)
  await using sealer = await startSealer(db)
  await asSuperuser(db, `update audit_events set sequence = 9 where ${account} and sequence = 1`)
  await sealer.sealAll()
  expect(await sealer.problem(owner)).toBe('removed: event 1 is missing.')
  const refused = await sealer.refused()
  await asSuperuser(db, `update audit_events set sequence = 1 where ${account} and sequence = 9`)
  await sealer.sealAll()
  expect([await sealer.problem(owner), await sizesOf(db, owner), await sealer.refused()]).toEqual([
    null,
    [2],
    refused - 1,
  ])
})

test('a new key is handed over to: the old one signs no more, and both stay published', async ({ db, owner }) => {
  await writeEvents(db, owner)
  await using sealer = await startSealer(db)
  await sealer.sealAll()
  const [first] = (await sealer.published()).keys
  expect(await sealer.newKey(true)).toBeNull() // its key is not lost
  const next = await sealer.newKey()
  const { keys, handovers } = await sealer.published()
  expect(keys).toMatchObject([
    { publicKey: next, status: 'current', until: null },
    { publicKey: first?.publicKey, status: 'previous', until: keys[0]?.since },
  ])
  expect(handovers).toHaveLength(1)
  for (const { publicKey } of keys)
    expect(isSignedBy(handovers[0] ?? '', 'chatelaine.example.com/audit/keys', Buffer.from(publicKey, 'base64'))).toBe(
      true,
    )
  await writeEvents(db, owner)
  await sealer.sealAll()
  const { note = '' } = (await sealer.newest(owner)) ?? {}
  const signedBy = (key = '') => isSignedBy(note, note.split('\n', 1)[0] ?? '', Buffer.from(key, 'base64'))
  expect([signedBy(next ?? ''), signedBy(first?.publicKey)]).toEqual([true, false])
})

test('a key that somebody slipped into the table is worth nothing', async ({ db, owner }) => {
  await writeEvents(db, owner)
  await using sealer = await startSealer(db)
  await asSuperuser(db, "insert into audit_keys values (sha256('mine'), now() + interval '1 day', null)")
  await sealer.sealAll()
  expect(await sizesOf(db, owner)).toEqual([1])
  expect((await sealer.published()).keys).toMatchObject([{ status: 'current' }])
})

test('after the loss of ENCRYPTION_KEY the public keys stay, and nothing is signed until the operator says so', async ({
  db,
  owner,
}) => {
  await writeEvents(db, owner)
  await using before = await startSealer(db)
  await before.sealAll()
  const [lost] = (await before.published()).keys
  const found = newWrapping()
  await recoverKeys(db, found, settings)
  await using after = await startSealer(db, found, PUBLIC_URL)
  await writeEvents(db, owner)
  await after.sealAll()
  expect(await after.problem(owner)).toMatch(/^key-unknown: .*--without-handover/)
  expect((await after.published()).keys).toMatchObject([{ publicKey: lost?.publicKey, status: 'previous' }])
  expect(await after.newKey()).toBeNull()
  const next = await after.newKey(true)
  await after.sealAll()
  expect([await after.problem(owner), await sizesOf(db, owner)]).toEqual([null, [1, 2]])
  expect((await after.published()).keys).toMatchObject([
    { publicKey: next, status: 'current' },
    { publicKey: lost?.publicKey, status: 'previous' },
  ])
  expect(await allEvents(db, owner)).toHaveLength(2)
})

test('of two gateways at once, one signs a size', async ({ db, owner }) => {
  await writeEvents(db, owner, 3)
  const wrapping = newWrapping()
  await using one = await startSealer(db, wrapping)
  await using two = await startSealer(db, wrapping)
  await Promise.all([one, two, one, two].map((sealer) => sealer.sealNow(owner.accountId)))
  expect(await sizesOf(db, owner)).toEqual([3])
})
