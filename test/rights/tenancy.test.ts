import { sql } from 'drizzle-orm'
import { inviteMember, listInvitations, listMembers } from '../../src/accounts/index.ts'
import { createApp, findApps, listApps, listSecrets } from '../../src/apps/index.ts'
import { headOf, listEvents } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inAccount, inSealer, readAccount, rows } from '../../src/database/index.ts'
import { test as base, expect, newAccount, peek, type TestInstance } from '../support/index.ts'

/** What says whose a row is; and a change of every row, as a query would make it that forgot its condition. */
const tables: Record<string, { key: 'account_id' | 'id'; change: string }> = {
  accounts: { key: 'id', change: "name = 'Stolen'" },
  users: { key: 'id', change: "name = 'Stolen'" },
  members: { key: 'account_id', change: "role = 'AUDITOR'" },
  sessions: { key: 'account_id', change: "ip = '192.0.2.1'" },
  invitations: { key: 'account_id', change: "role = 'OWNER'" },
  apps: { key: 'account_id', change: "name = 'Stolen'" },
  secrets: { key: 'account_id', change: "hint = 'xxxx'" },
  app_keys: { key: 'account_id', change: "algorithm = 'none'" },
  used_assertions: { key: 'account_id', change: 'expires_at = now()' },
  revoked_tokens: { key: 'account_id', change: 'expires_at = now()' },
  idempotency_keys: { key: 'account_id', change: "secret_jwe = 'stolen'" },
  audit_heads: { key: 'account_id', change: 'sequence = 0' },
  audit_events: { key: 'account_id', change: "record = '{}'" },
  audit_nodes: { key: 'account_id', change: "hash = 'x'" },
  audit_checkpoints: { key: 'account_id', change: "note = 'x'" },
  audit_seals: { key: 'account_id', change: 'size = 0' },
  audit_unsealed: { key: 'account_id', change: 'account_id = account_id' },
}
const names = Object.keys(tables)

type Tenants = { own: Caller; foreign: Caller }
const test = base.extend<{ tenants: Tenants }>({
  tenants: async ({ db, instance }, use) => {
    await use({ own: await furnished(db, instance), foreign: await furnished(db, instance) })
  },
})

/** An account with at least one row in every table. */
async function furnished(db: Database, instance: TestInstance): Promise<Caller> {
  const owner = await newAccount(db)
  const made = await createApp(db, owner, { name: 'Billing', scopes: [] }, instance)
  const invited = await inviteMember(db, owner, { email: 'invited@example.com', role: 'AUDITOR' }, (token) => token)
  expect([made.ok, invited.ok]).toEqual([true, true])
  await peek(
    db,
    sql`insert into sessions (id, token_hash, user_id, account_id, created_at, last_seen_at, expires_at)
      values (gen_random_uuid(), sha256(convert_to(${owner.accountId}, 'UTF8')), ${owner.actor.id}::uuid,
        ${owner.accountId}::uuid, now(), now(), now() + interval '1 day')`,
  )
  for (const insert of [
    sql`insert into app_keys (account_id, id, app_id, algorithm, thumbprint, jwk, created_at, created_by_type)
      values (${owner.accountId}::uuid, gen_random_uuid(), gen_random_uuid(), 'ES256', 'x', '{}', now(), 'SYSTEM')`,
    sql`insert into used_assertions values (${owner.accountId}::uuid, gen_random_uuid(), 'x', now())`,
    sql`insert into revoked_tokens values (${owner.accountId}::uuid, gen_random_uuid(), now())`,
    sql`insert into idempotency_keys (account_id, actor_id, mutation, key, input_hash, created_at)
      values (${owner.accountId}::uuid, gen_random_uuid(), 'createApp', 'x', 'x', now())`,
  ])
    await inAccount(db, owner.accountId, (tx) => tx.execute(insert))
  for (const insert of [
    sql`insert into audit_nodes values (${owner.accountId}::uuid, 0, 0, 'x')`,
    sql`insert into audit_checkpoints values (${owner.accountId}::uuid, 1, 'x', now(), 'x')`,
    sql`insert into audit_seals values (${owner.accountId}::uuid, 1)`,
  ])
    await inSealer(db, (tx) => tx.execute(insert))
  return owner
}

/** The id by which a table tells whose its rows are: of people their own. */
function keyOf(table: string, { accountId, actor }: Caller): string {
  return table === 'users' ? (actor.id ?? '') : accountId
}

/** All that is stored of an account in a table, whole. */
async function stored(db: Database, table: string, caller: Caller): Promise<string[]> {
  const whose = sql.raw(`${table} as t where t.${tables[table]?.key}`)
  const found = await peek<{ row: string }>(
    db,
    sql`select row_to_json(t)::text as row from ${whose} = ${keyOf(table, caller)}::uuid`,
  )
  return found.map(({ row }) => row).toSorted()
}

/** What a statement does within an account: the keys of the rows that it met, or null where it is not allowed. */
async function within(db: Database, { accountId }: Caller, statement: string): Promise<string[] | null> {
  try {
    const met = await inAccount(db, accountId, (tx) => rows<{ key: string }>(tx, sql.raw(statement)))
    return [...new Set(met.map(({ key }) => key))]
  } catch (error) {
    expect(error).toMatchObject({ cause: { code: '42501' } })
    return null
  }
}

test('every table is known here, but the keys of the instance, and binds its owner to its policies too', async ({
  db,
  tenants,
}) => {
  expect(tenants.own.accountId).not.toBe(tenants.foreign.accountId)
  const found = await peek<{ name: string; forced: boolean }>(
    db,
    `select relname::text as name, relrowsecurity and relforcerowsecurity as forced from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'm', 'f')`,
  )
  expect(found.map(({ name }) => name).toSorted()).toEqual(
    [...names, 'audit_keys', 'instance_markers', 'keys'].toSorted(),
  )
  expect(found.filter(({ forced }) => !forced)).toEqual([])
})

test('the role of a transaction owns nothing, and neither it nor the gateway is beyond policies', async ({ db }) => {
  const roles = `select rolname::text as name, rolsuper or rolbypassrls as beyond,
      exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind = 'r') as owns
    from pg_roles r where starts_with(rolname, 'chatelaine_') order by 1`
  expect(await peek(db, roles)).toEqual(
    ['export', 'gateway', 'member', 'retention', 'sealer', 'sweeper', 'system'].map((name) => ({
      name: `chatelaine_${name}`,
      beyond: false,
      owns: false,
    })),
  )
})

test.for(names)('a select without a condition sees the own rows of %s alone', async (table, { db, tenants }) => {
  expect(await stored(db, table, tenants.foreign)).not.toEqual([])
  const seen = await within(db, tenants.own, `select ${tables[table]?.key}::text as key from ${table}`)
  expect(seen).toEqual([keyOf(table, tenants.own)])
})

test.for(names)(
  'an update without a condition leaves the foreign rows of %s as they are',
  async (table, { db, tenants }) => {
    const before = await stored(db, table, tenants.foreign)
    const { key, change } = tables[table] ?? {}
    const met = await within(db, tenants.own, `update ${table} set ${change} returning ${key}::text as key`)
    expect([null, [keyOf(table, tenants.own)]]).toContainEqual(met)
    expect(await stored(db, table, tenants.foreign)).toEqual(before)
  },
)

test.for(names)(
  'a delete without a condition leaves the foreign rows of %s as they are',
  async (table, { db, tenants }) => {
    const before = await stored(db, table, tenants.foreign)
    const met = await within(db, tenants.own, `delete from ${table} returning ${tables[table]?.key}::text as key`)
    expect([null, [keyOf(table, tenants.own)]]).toContainEqual(met)
    expect(await stored(db, table, tenants.foreign)).toEqual(before)
  },
)

test.for(names)('no row is put into the %s of another account, nor moved there', async (table, { db, tenants }) => {
  const before = await stored(db, table, tenants.foreign)
  const { key } = tables[table] ?? {}
  const [row = ''] = before
  const copy = `insert into ${table} select * from json_populate_record(null::${table}, '${row.replaceAll("'", "''")}'::json) returning ${key}::text as key`
  expect(await within(db, tenants.own, copy)).toBeNull()
  const move = `update ${table} set ${key} = '${keyOf(table, tenants.foreign)}' returning ${key}::text as key`
  expect(await within(db, tenants.own, move)).toBeNull()
  expect(await stored(db, table, tenants.foreign)).toEqual(before)
})

test.for(names)('without an account the %s are empty', async (table, { db, tenants }) => {
  expect(await stored(db, table, tenants.own)).not.toEqual([])
  const seen = await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('role', 'chatelaine_member', true)`)
    return rows(tx, sql.raw(`select ${tables[table]?.key} from ${table}`))
  })
  expect(seen).toEqual([])
})

test("a caller of one account within another account's transaction finds nothing", async ({ db, tenants }) => {
  const { own, foreign } = tenants
  const [app] = await peek<{ id: string }>(db, sql`select id from apps where account_id = ${own.accountId}::uuid`)
  const found = await readAccount(db, foreign.accountId, async (tx) => [
    (await listMembers(tx, own, {})).items,
    await listInvitations(tx, own),
    (await listApps(tx, own, {}, { field: 'NAME', direction: 'ASC' }, {})).items,
    (await findApps(tx, own, [app?.id ?? ''])).filter((one) => one !== null),
    (await listSecrets(tx, own, [app?.id ?? ''])).flat(),
    (await listEvents(tx, own, {}, {})).items,
    (await headOf(tx, own.accountId)) === 0 ? [] : ['head'],
  ])
  expect(found).toEqual([[], [], [], [], [], [], []])
})

test('transactions at the same instant see each their own account', async ({ db, tenants }) => {
  const look = (caller: Caller) => within(db, caller, 'select account_id::text as key from apps')
  const { own, foreign } = tenants
  const seen = await Promise.all([own, foreign, own, foreign, own, foreign].map(look))
  expect(seen).toEqual([own, foreign, own, foreign, own, foreign].map(({ accountId }) => [accountId]))
})

test.for<[string, (tx: Database) => Promise<unknown>]>([
  ['an exception', async () => Promise.reject(new Error('on purpose'))],
  ['a failed statement', async (tx) => rows(tx, sql`select 1 / 0`)],
  ['a failed transaction within', async (tx) => tx.transaction((inner) => rows(inner, sql`select 1 / 0`))],
])('after %s the next transaction on the connection has no tenant', async ([_what, fail], { db, tenants }) => {
  // More of them than there are connections in the pool, so that each has seen one.
  const failing = Array.from({ length: 12 }, () => inAccount(db, tenants.own.accountId, fail))
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(failing.map(() => 'rejected'))
  const settings = sql`select nullif(current_setting('chatelaine.account', true), '') as account, current_user::text as role`
  const next = await Promise.all(Array.from({ length: 12 }, () => db.transaction((tx) => rows(tx, settings))))
  for (const found of next) expect(found).toEqual([{ account: null, role: 'chatelaine_gateway' }])
})
