import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { authenticateClient } from '../../src/apps/index.ts'
import { connectPostgres } from '../../src/database/index.ts'
import { describe, expect, peek, test } from '../support/index.ts'

type SecretRow = { id: string; mac: Uint8Array; hash: string; hint: string }

test('a secret is chtl_, its id, 256 random bits and a checksum, in base62', async ({ app }) => {
  expect(app.clientSecret).toMatch(/^chtl_[0-9A-Za-z]{20,22}_[0-9A-Za-z]{49}$/)
  expect(app.clientSecret.slice(-4)).toBe(app.secret.hint)
})

test('only its MAC, its Argon2id hash and its hint are stored', async ({ db, app, instance }) => {
  const [row] = await peek<SecretRow>(db, `select * from secrets where id = '${app.secret.id}'`)
  if (!row) throw new Error('No such row.')
  expect(Object.keys(row).sort()).toEqual([
    'account_id',
    'app_id',
    'created_at',
    'created_by_id',
    'created_by_type',
    'disabled_at',
    'expires_at',
    'expiry_recorded_at',
    'grace_from_first_use',
    'hash',
    'hint',
    'id',
    'last_used_at',
    'last_used_ip',
    'mac',
    'needed_until',
    'replaced_at',
    'replaces_id',
    'revoked_at',
  ])
  const mac = createHmac('sha256', instance.secretMac).update(app.clientSecret).digest()
  expect(Buffer.from(row.mac)).toEqual(mac)
  expect(row.hash).toMatch(/^\$argon2id\$v=19\$m=19456,/)
  expect(await instance.slowHash.verify(row.hash, app.clientSecret)).toBe(true)
  expect(row.hint).toBe(app.clientSecret.slice(-4))
})

test('no row of any table holds the secret, or its random part', async ({ db, app, owner }) => {
  const tables = ['accounts', 'apps', 'audit_events', 'audit_heads', 'members', 'secrets', 'users']
  const everything = tables.map((table) => `select row_to_json(t)::text as row from ${table} t`).join(' union all ')
  const stored = (await peek<{ row: string }>(db, everything)).map(({ row }) => row).join('\n')
  expect(stored).toContain(owner.accountId)
  const [, , random = ''] = app.clientSecret.split('_')
  expect(stored).not.toContain(app.clientSecret)
  expect(stored).not.toContain(random.slice(0, 12))
  expect(stored).not.toContain(random.slice(-12))
})

describe('what no mint of ours made is refused without a query', () => {
  // Nothing answers at that port: a query would fail.
  const nowhere = connectPostgres('postgres://nobody@127.0.0.1:1/nowhere').db

  test('a query there does fail', async ({ app, instance }) => {
    await expect(authenticateClient(nowhere, instance, app.app.clientId, app.clientSecret)).rejects.toThrow(
      'Failed query',
    )
  })

  test('a secret with one character changed, taken away, added or moved', async ({
    app: { app, clientSecret },
    instance,
  }) => {
    const at = fc.nat({ max: clientSecret.length - 1 })
    const letter = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_- \0é')
    const changed = fc
      .tuple(at, letter)
      .map(([i, other]) => clientSecret.slice(0, i) + other + clientSecret.slice(i + 1))
    const shorter = at.map((i) => clientSecret.slice(0, i) + clientSecret.slice(i + 1))
    const longer = fc.tuple(at, letter).map(([i, more]) => clientSecret.slice(0, i) + more + clientSecret.slice(i))
    const moved = at.map((i) => clientSecret.slice(i) + clientSecret.slice(0, i))
    const mistyped = fc.oneof(changed, shorter, longer, moved).filter((text) => text !== clientSecret)
    await fc.assert(
      fc.asyncProperty(mistyped, async (text) => {
        expect(await authenticateClient(nowhere, instance, app.clientId, text)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })

  test.for([
    ['nothing', ''],
    ['a prefix', 'chtl_'],
    ['a password', 'correct horse battery staple'],
    ['a megabyte', `chtl_${'A'.repeat(1_000_000)}`],
  ])('%s', async ([, text = ''], { app, instance }) => {
    expect(await authenticateClient(nowhere, instance, app.app.clientId, text)).toBeNull()
  })
})
