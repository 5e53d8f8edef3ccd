import { createPrivateKey, randomBytes, randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeEach, inject } from 'vitest'
import { connectPostgres, type Database, inSystem, keys, migrate } from '../../src/database/index.ts'
import { KeysSealed, openWorkingKeys } from '../../src/keys/index.ts'
import { createPostgresDatabase, describe, expect, peek, test } from '../support/index.ts'

type KeyRow = typeof keys.$inferSelect

const settings = { algorithm: 'ES256', rotation: 30 * 86_400 } as const
const newKey = () => new Uint8Array(randomBytes(32))
const storedIn = (db: Database): Promise<KeyRow[]> =>
  inSystem(db, (tx) => tx.select().from(keys).orderBy(keys.kind, keys.id))
const rowOf = (rows: KeyRow[], kind: KeyRow['kind']) => {
  const row = rows.find((candidate) => candidate.kind === kind)
  if (!row) throw new Error(`There is no ${kind}.`)
  return row
}
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const wrongKey = new KeysSealed(
  'ENCRYPTION_KEY is not the key that sealed this database. Set the right one, or, where it was changed on purpose, set ENCRYPTION_KEY_PREVIOUS to the one before. Where it is lost for good, npm run keys -- recover makes new keys (docs/keys.md).',
)

beforeEach<{ db: Database }>(({ db }) => inSystem(db, (tx) => tx.delete(keys)).then(() => {}))

test('a first start makes the keys, each of its kind, and a second opens the same', async ({ db }) => {
  const current = newKey()
  const made = await openWorkingKeys(db, { current, previous: null }, settings)
  expect(made.secretMac).toHaveLength(32)
  expect(made.cursorMac).toHaveLength(32)
  expect(hexOf(made.secretMac)).not.toBe(hexOf(made.cursorMac))
  const [signing, next, ...others] = made.tokenSigning
  expect(others).toEqual([])
  expect(next?.signsFrom.getTime()).toBe((signing?.signsFrom.getTime() ?? 0) + 30 * 86_400_000)
  const key = createPrivateKey({ key: Buffer.from(signing?.bytes ?? []), format: 'der', type: 'pkcs8' })
  expect([key.asymmetricKeyType, key.asymmetricKeyDetails]).toEqual(['ec', { namedCurve: 'prime256v1' }])

  const stored = await storedIn(db)
  expect(stored.map(({ kind }) => kind)).toEqual([
    'answer-seal',
    'audit-signing',
    'cursor-mac',
    'secret-mac',
    'token-signing',
    'token-signing',
  ])
  expect(await openWorkingKeys(db, { current, previous: null }, settings)).toEqual(made)
  expect(await openWorkingKeys(db, { current, previous: newKey() }, settings)).toEqual(made)
  expect(await storedIn(db)).toEqual(stored)
})

test('no key is in the table in the clear, nor is the wrapping key', async ({ db }) => {
  const current = newKey()
  const { secretMac, cursorMac, tokenSigning } = await openWorkingKeys(db, { current, previous: null }, settings)
  const table = (await peek<{ row: string }>(db, 'select row_to_json(keys)::text as row from keys')).map(
    ({ row }) => row,
  )
  expect(table).toHaveLength(5)
  for (const bytes of [current, secretMac, cursorMac, ...tokenSigning.map((key) => key.bytes)])
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      expect(table.join()).not.toContain(Buffer.from(bytes).subarray(-30).toString(encoding))
})

describe('another ENCRYPTION_KEY', () => {
  test('opens nothing, makes nothing, and says what to do', async ({ db }) => {
    await openWorkingKeys(db, { current: newKey(), previous: null }, settings)
    const stored = await storedIn(db)
    await expect(openWorkingKeys(db, { current: newKey(), previous: null }, settings)).rejects.toThrow(wrongKey)
    await expect(openWorkingKeys(db, { current: newKey(), previous: newKey() }, settings)).rejects.toThrow(wrongKey)
    expect(await storedIn(db)).toEqual(stored)
  })

  test('with the one before as ENCRYPTION_KEY_PREVIOUS wraps all anew, and changes no key', async ({ db }) => {
    const [first, second] = [newKey(), newKey()]
    const made = await openWorkingKeys(db, { current: first, previous: null }, settings)
    const before = await storedIn(db)
    expect(await openWorkingKeys(db, { current: second, previous: first }, settings)).toEqual({ ...made, resealed: 5 })
    const after = await storedIn(db)
    for (const [index, row] of after.entries()) {
      const { sealed, wrappedBy, ...rest } = row
      expect(before[index]).toMatchObject(rest)
      expect(hexOf(sealed)).not.toBe(hexOf(before[index]?.sealed ?? new Uint8Array()))
      expect(wrappedBy).not.toBe(before[index]?.wrappedBy)
    }
    expect(new Set(after.map(({ wrappedBy }) => wrappedBy)).size).toBe(1)
    expect(await openWorkingKeys(db, { current: second, previous: null }, settings)).toEqual(made)
    await expect(openWorkingKeys(db, { current: first, previous: null }, settings)).rejects.toThrow(wrongKey)
  })

  test('rolled out in two steps lets each gateway start at any moment', async ({ db }) => {
    const [first, second] = [newKey(), newKey()]
    const made = await openWorkingKeys(db, { current: first, previous: null }, settings)
    expect(await openWorkingKeys(db, { current: first, previous: second }, settings)).toEqual(made) // step 1: may open
    expect(await openWorkingKeys(db, { current: second, previous: first }, settings)).toEqual({ ...made, resealed: 5 }) // step 2: swapped, here
    expect(await openWorkingKeys(db, { current: first, previous: second }, settings)).toEqual({ ...made, resealed: 5 }) // and there not yet
    expect(await openWorkingKeys(db, { current: second, previous: first }, settings)).toEqual({ ...made, resealed: 5 })
  })

  test('wraps all or none: one row that it cannot open leaves the others as they were', async ({ db }) => {
    const [first, second] = [newKey(), newKey()]
    await openWorkingKeys(db, { current: first, previous: null }, settings)
    await inSystem(db, (tx) => tx.update(keys).set({ wrappedBy: '0000' }).where(sql`kind = 'token-signing'`))
    const stored = await storedIn(db)
    await expect(openWorkingKeys(db, { current: second, previous: first }, settings)).rejects.toThrow(wrongKey)
    expect(await storedIn(db)).toEqual(stored)
  })
})

describe('a damaged row is refused by its name, and is not replaced', () => {
  const bytes = (row: KeyRow, change: (copy: Uint8Array) => Uint8Array) => ({
    sealed: change(new Uint8Array(row.sealed)),
  })
  const damages: [string, (row: KeyRow, other: KeyRow) => Partial<KeyRow>][] = [
    ['a bit of it changed', (row) => bytes(row, (copy) => copy.with(20, (copy[20] ?? 0) ^ 1))],
    ['a bit of its tag changed', (row) => bytes(row, (copy) => copy.with(-1, (copy.at(-1) ?? 0) ^ 1))],
    ['a bit of its nonce changed', (row) => bytes(row, (copy) => copy.with(0, (copy[0] ?? 0) ^ 1))],
    ['cut', (row) => bytes(row, (copy) => copy.slice(0, -1))],
    ['empty', () => ({ sealed: new Uint8Array() })],
    ['what was sealed for another row', (_row, other) => ({ sealed: other.sealed })],
    ['its own, in a row of another id', () => ({ id: randomUUIDv7() })],
    ['its own, in a row of another kind', () => ({ kind: 'cursor-mac' as const })],
  ]
  test.for(damages)('%s', async ([, damage], { db }) => {
    const current = newKey()
    await openWorkingKeys(db, { current, previous: null }, settings)
    const before = await storedIn(db)
    const row = rowOf(before, 'secret-mac')
    const damaged = { ...row, ...damage(row, rowOf(before, 'cursor-mac')) }
    await inSystem(db, (tx) => tx.update(keys).set(damaged).where(sql`id = ${row.id}::uuid`))
    const stored = await storedIn(db)
    await expect(openWorkingKeys(db, { current, previous: null }, settings)).rejects.toThrow(
      new KeysSealed(
        `The key ${damaged.id} (${damaged.kind}) in the table "keys" was damaged. Restore the table from a backup. Where there is none, npm run keys -- recover makes new keys (docs/keys.md).`,
      ),
    )
    expect(await storedIn(db)).toEqual(stored)
  })
})

test('a token signing key that is none of the algorithm that its row says is damaged', async ({ db }) => {
  const current = newKey()
  const { tokenSigning } = await openWorkingKeys(db, { current, previous: null }, settings)
  const id = tokenSigning[0]?.id ?? ''
  await inSystem(db, (tx) => tx.update(keys).set({ algorithm: 'EdDSA' }).where(sql`id = ${id}::uuid`))
  await expect(openWorkingKeys(db, { current, previous: null }, settings)).rejects.toThrow(
    `The key ${id} (token-signing) in the table "keys" was damaged.`,
  )
})

test('a key that is missing is made, and the others stay', async ({ db }) => {
  const current = newKey()
  const made = await openWorkingKeys(db, { current, previous: null }, settings)
  await inSystem(db, (tx) => tx.delete(keys).where(sql`kind = 'cursor-mac'`))
  const again = await openWorkingKeys(db, { current, previous: null }, settings)
  expect({ ...again, cursorMac: made.cursorMac }).toEqual(made)
  expect(hexOf(again.cursorMac)).not.toBe(hexOf(made.cursorMac))
})

test('the key of the client secrets is not made anew where other keys are', async ({ db }) => {
  const current = newKey()
  await openWorkingKeys(db, { current, previous: null }, settings)
  await inSystem(db, (tx) => tx.delete(keys).where(sql`kind = 'secret-mac'`))
  const stored = await storedIn(db)
  await expect(openWorkingKeys(db, { current, previous: null }, settings)).rejects.toThrow(
    'The key of the client secrets (secret-mac) is missing in the table "keys".',
  )
  expect(await storedIn(db)).toEqual(stored)
})

test('the one token signing key of a database from before rotation is the current one, and gets a next one', async ({
  db,
}) => {
  const current = newKey()
  const made = await openWorkingKeys(db, { current, previous: null }, settings)
  const [first, second] = made.tokenSigning
  await inSystem(db, async (tx) => {
    await tx.delete(keys).where(sql`id = ${second?.id}::uuid`)
    const unscheduled = { algorithm: null, signsFrom: null, createdAt: new Date('2026-01-01') }
    await tx.update(keys).set(unscheduled).where(sql`id = ${first?.id}::uuid`)
  })
  const { tokenSigning } = await openWorkingKeys(db, { current, previous: null }, settings)
  expect(tokenSigning).toMatchObject([
    { id: first?.id, kid: first?.kid, algorithm: 'ES256', signsFrom: new Date('2026-01-01'), verifiesUntil: null },
    { algorithm: 'ES256' },
  ])
  const published = (tokenSigning[1]?.signsFrom.getTime() ?? 0) - (tokenSigning[1]?.createdAt.getTime() ?? 0)
  expect(published).toBe(86_400_000)
})

describe.runIf(inject('engine') === 'postgres')('four gateways that start at once', () => {
  test('have the same keys', async () => {
    await using database = await createPostgresDatabase()
    const wrapping = { current: newKey(), previous: null }
    const start = async () => {
      const connection = connectPostgres(database.url, { migrating: true })
      return migrate(connection, (db) => openWorkingKeys(db, wrapping, settings)).finally(connection.close)
    }
    const [first, ...others] = await Promise.all([start(), start(), start(), start()])
    expect(others).toEqual([first, first, first])
    const reader = connectPostgres(database.url, { max: 1 })
    expect(await storedIn(reader.db)).toHaveLength(6)
    await reader.close()
  })
})
