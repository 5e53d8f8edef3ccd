import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Caller } from '../../src/caller.ts'
import { type Database, inAccount, revokedTokens, usedAssertions } from '../../src/database/index.ts'
import { sweepExpired } from '../../src/tokens/index.ts'
import { expect, newAccount, peek, test } from '../support/index.ts'

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)

/** So many rows of each table that were over so many minutes ago. */
async function fill(db: Database, { accountId }: Caller, count: number, expiresAt: Date) {
  const rows = Array.from({ length: count }, () => ({ id: randomUUIDv7() }))
  await inAccount(db, accountId, async (tx) => {
    await tx.insert(revokedTokens).values(rows.map(({ id }) => ({ accountId, tokenId: id, expiresAt })))
    const jtiHash = (id: string) => new TextEncoder().encode(id)
    await tx
      .insert(usedAssertions)
      .values(rows.map(({ id }) => ({ accountId, appId: id, jtiHash: jtiHash(id), expiresAt })))
  })
}

async function left(db: Database, { accountId }: Caller) {
  const count = (table: string) =>
    peek<{ n: number }>(
      db,
      sql`select count(*)::int as n from ${sql.identifier(table)} where account_id = ${accountId}::uuid`,
    )
  const [tokens, assertions] = [await count('revoked_tokens'), await count('used_assertions')]
  return [tokens[0]?.n, assertions[0]?.n]
}

test('what was over ten minutes ago is forgotten, of all accounts; what may still be asked for stays', async ({
  db,
  owner,
}) => {
  const other = await newAccount(db)
  await fill(db, owner, 3, ago(11))
  await fill(db, other, 2, ago(600))
  await fill(db, owner, 4, ago(9))
  await fill(db, owner, 5, ago(-5))
  expect(await sweepExpired(db)).toEqual({ assertions: 5, tokens: 5 })
  expect(await left(db, owner)).toEqual([9, 9])
  expect(await left(db, other)).toEqual([0, 0])
  expect(await sweepExpired(db)).toEqual({ assertions: 0, tokens: 0 })
})

test('more than a batch, by four gateways at once: each row is forgotten by one of them', async ({ db, owner }) => {
  await fill(db, owner, 2500, ago(60))
  const swept = await Promise.all(Array.from({ length: 4 }, () => sweepExpired(db)))
  expect(swept.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(2500)
  expect(swept.reduce((sum, { assertions }) => sum + assertions, 0)).toBe(2500)
  expect(await left(db, owner)).toEqual([0, 0])
})
