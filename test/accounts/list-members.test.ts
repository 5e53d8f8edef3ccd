import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { findMembers, listMembers, type Member, type MemberPosition } from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import type { Page, PageRequest } from '../../src/page.ts'
import { expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'
import { idOf } from './people.ts'

const positionOf = ({ joinedAt, id }: Member): MemberPosition => ({ joinedAt, id })

function page(db: Database, owner: Caller, request: PageRequest<MemberPosition>): Promise<Page<Member>> {
  return read(db, owner, (tx) => listMembers(tx, owner, request))
}

/** Five members, two of whom joined at the same instant, and one who has left. */
async function withMembers(db: Database, owner: Caller): Promise<Member[]> {
  for (const role of ['ADMIN', 'DEVELOPER', 'AUDITOR', 'AUDITOR'] as const) await memberOf(db, owner, role)
  const gone = await memberOf(db, owner, 'ADMIN')
  await peek(db, sql`update members set removed_at = clock_timestamp() where user_id = ${idOf(gone)}::uuid`)
  await peek(
    db,
    sql`update members set joined_at = (select max(joined_at) from members where account_id = ${owner.accountId}::uuid)
      where account_id = ${owner.accountId}::uuid and role = 'AUDITOR'`,
  )
  const { items } = await page(db, owner, {})
  expect(items).toHaveLength(5)
  return items
}

test('members come in the order in which they joined, without those who left', async ({ db, owner }) => {
  const all = await withMembers(db, owner)
  expect(all.map(({ role }) => role)).toEqual(['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR', 'AUDITOR'])
  const keys = all.map(({ joinedAt, id }) => `${joinedAt.toISOString()} ${id}`)
  expect(keys).toEqual(keys.toSorted())
})

test('pages forwards and backwards show every member once, in the same order', async ({ db, owner }) => {
  const all = await withMembers(db, owner)
  const forwards: Member[] = []
  for (let after: MemberPosition | null = null, more = true; more; ) {
    const part: Page<Member> = await page(db, owner, { first: 2, after })
    expect(part.hasPreviousPage).toBe(after !== null)
    forwards.push(...part.items)
    after = part.items.map(positionOf).at(-1) ?? null
    more = part.hasNextPage
  }
  expect(forwards).toEqual(all)

  const backwards: Member[] = []
  for (let before: MemberPosition | null = null, more = true; more; ) {
    const part: Page<Member> = await page(db, owner, { last: 2, before })
    expect(part.hasNextPage).toBe(before !== null)
    backwards.unshift(...part.items)
    before = part.items.map(positionOf).at(0) ?? null
    more = part.hasPreviousPage
  }
  expect(backwards).toEqual(all)
})

test('a page may lie between two cursors, and none of 0 is empty', async ({ db, owner }) => {
  const all = await withMembers(db, owner)
  const [first, , , , last] = all.map(positionOf)
  expect((await page(db, owner, { first: 10, after: first, before: last })).items).toEqual(all.slice(1, 4))
  expect(await page(db, owner, { first: 0 })).toEqual({ items: [], hasNextPage: true, hasPreviousPage: false })
  await expect(page(db, owner, { first: 101 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('a member of another account, one who left, and nobody at all are null alike', async ({ db, owner }) => {
  const stranger = await newAccount(db, 'Elsewhere')
  const { items } = await page(db, stranger, {})
  const gone = await memberOf(db, owner, 'AUDITOR')
  const member = sql`select id from members where user_id = ${idOf(gone)}::uuid`
  const [left] = await peek<{ id: string }>(db, member)
  await peek(db, sql`update members set removed_at = clock_timestamp() where user_id = ${idOf(gone)}::uuid`)
  const ids = [...items.map(({ id }) => id), left?.id ?? '', randomUUIDv7()]
  expect(await read(db, owner, (tx) => findMembers(tx, owner, ids))).toEqual([null, null, null])
})
