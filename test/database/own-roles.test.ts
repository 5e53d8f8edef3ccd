import { sql } from 'drizzle-orm'
import { type Database, inSealer, inSweeper, readExport, rows } from '../../src/database/index.ts'
import { writeEvents } from '../audit/write-events.ts'
import { describe, expect, newAccount, peek, test } from '../support/index.ts'

const denied = { cause: { code: '42501' } }
const HISTORY = ['audit_events', 'audit_nodes', 'audit_checkpoints', 'audit_heads', 'audit_keys', 'audit_unsealed']
const REST = ['accounts', 'users', 'members', 'sessions', 'invitations', 'apps', 'app_keys', 'instance_markers']
const reading = (tables: string[]) => tables.map((table) => `select * from ${table}`)
const changing = (tables: string[]) =>
  tables.flatMap((table) => [
    `update ${table} set ${table === 'audit_keys' ? 'since = since' : 'account_id = account_id'}`,
    `delete from ${table}`,
    `truncate ${table}`,
  ])
const append = `select append_event(gen_random_uuid(), 'SIGNED_IN', null, null, null, now(), false, '', '', '')`

type Role = { may: string[]; tries: string[]; run(db: Database, account: string, statement: string): Promise<unknown> }
const roles: Record<string, Role> = {
  chatelaine_sealer: {
    may: [
      ...['audit_events', 'audit_heads', 'audit_keys', 'audit_unsealed', 'keys'].map((table) => `SELECT ${table}`),
      ...['audit_checkpoints', 'audit_nodes'].flatMap((table) => [`INSERT ${table}`, `SELECT ${table}`]),
      ...['INSERT', 'SELECT', 'UPDATE'].map((right) => `${right} audit_seals`),
    ],
    tries: [
      ...changing(HISTORY),
      ...reading([...REST, 'secrets', 'idempotency_keys', 'used_assertions', 'revoked_tokens']),
      'insert into audit_events (account_id) values (null)',
      'insert into audit_heads (account_id) values (null)',
      'insert into audit_keys (public_key) values (null)',
      'insert into audit_unsealed values (gen_random_uuid())',
      'delete from audit_seals',
      'truncate audit_seals',
      'update keys set sealed = sealed',
      'delete from keys',
      'create table mine (x int)',
      append,
    ],
    run: (db, _account, statement) => inSealer(db, (tx) => tx.execute(sql.raw(statement))),
  },
  chatelaine_export: {
    may: ['audit_checkpoints', 'audit_events', 'audit_heads', 'audit_nodes'].map((table) => `SELECT ${table}`),
    tries: [
      ...changing([...HISTORY, 'audit_seals']),
      ...reading([...REST, 'secrets', 'keys', 'audit_seals', 'audit_keys', 'audit_unsealed']),
      `select mark_sealed(gen_random_uuid(), 1)`,
      append,
    ],
    run: (db, account, statement) => readExport(db, account, (tx) => tx.execute(sql.raw(statement))),
  },
  chatelaine_sweeper: {
    may: ['idempotency_keys', 'revoked_tokens', 'used_assertions'].flatMap((t) => [`DELETE ${t}`, `SELECT ${t}`]),
    tries: [
      ...changing([...HISTORY, 'audit_seals']),
      ...reading([...HISTORY, ...REST, 'secrets', 'keys']),
      'select mac from secrets',
      'update secrets set revoked_at = null',
      'delete from secrets',
      'update idempotency_keys set secret_jwe = null',
      'insert into revoked_tokens values (gen_random_uuid(), gen_random_uuid(), now())',
      'truncate used_assertions',
      `select mark_sealed(gen_random_uuid(), 1)`,
      append,
    ],
    run: (db, _account, statement) => inSweeper(db, (tx) => tx.execute(sql.raw(statement))),
  },
}

for (const [role, { may, tries, run }] of Object.entries(roles))
  describe(role, () => {
    test('has the rights of its task, on no other table', async ({ db }) => {
      const granted = await peek<{ right: string }>(
        db,
        `select privilege || ' ' || relname as right from pg_class,
            unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'S', 'v', 'm') and has_table_privilege('${role}', oid, privilege)`,
      )
      expect(granted.map(({ right }) => right).toSorted()).toEqual(may.toSorted())
    })

    test.for(tries)('may not: %s', async (statement, { db, owner }) => {
      await expect(run(db, owner.accountId, statement)).rejects.toMatchObject({
        cause: { code: expect.stringMatching(/^(42501|25006)$/) },
      })
    })
  })

test('of the keys of the instance the sealer sees none but those that sign checkpoints', async ({ db }) => {
  const id = '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c0f'
  await peek(
    db,
    `insert into keys (id, kind, sealed, wrapped_by, created_at) values ('${id}', 'secret-mac', 'x', 'x', now())`,
  )
  expect(await peek(db, 'select kind from keys')).toContainEqual({ kind: 'secret-mac' })
  const seen = await inSealer(db, (tx) => rows<{ kind: string }>(tx, sql`select kind from keys`))
  expect(seen.filter(({ kind }) => kind !== 'audit-signing')).toEqual([])
})

test('an export sees the history of its account alone, and nothing of what retention took', async ({ db, owner }) => {
  const other = await newAccount(db)
  await writeEvents(db, owner, 3)
  await writeEvents(db, other, 3)
  await peek(db, `update audit_heads set trimmed = 1 where account_id = '${owner.accountId}'`)
  const seen = await readExport(db, owner.accountId, (tx) =>
    rows(tx, sql`select account_id, sequence::int as sequence from audit_events order by 2`),
  )
  expect(seen).toEqual([2, 3].map((sequence) => ({ account_id: owner.accountId, sequence })))
  expect(await readExport(db, owner.accountId, (tx) => rows(tx, sql`select account_id from audit_heads`))).toEqual([
    { account_id: owner.accountId },
  ])
})

test('the system may not write what the sealer writes, nor sweep', async ({ db }) => {
  for (const statement of [
    `insert into audit_nodes values (gen_random_uuid(), 0, 0, 'x')`,
    `insert into audit_checkpoints values (gen_random_uuid(), 1, 'x', now(), 'x')`,
    `insert into audit_seals values (gen_random_uuid(), 1)`,
    'update audit_seals set size = 0',
    'delete from revoked_tokens',
    'delete from used_assertions',
    'delete from idempotency_keys',
  ])
    await expect(peek(db, statement), statement).rejects.toMatchObject(denied)
})
