import { sql } from 'drizzle-orm'
import { inSystem } from '../../src/database/index.ts'
import { closeFileDatabase } from './file-database.ts'
import { expect, startTestGateway, test } from './index.ts'
import { requireNoSecrets } from './leaks.ts'

test('a secret, token or key in a text is found by its form', () => {
  const text = (secret: string) => JSON.stringify({ level: 30, what: `x ${secret} y` })
  const written = [
    `chtl_${'a'.repeat(22)}_${'b'.repeat(49)}`,
    `chs_${'c'.repeat(43)}`,
    `chi_${'d'.repeat(43)}`,
    `eyJ${'e'.repeat(20)}.eyJ${'f'.repeat(20)}.${'g'.repeat(86)}`,
    `Basic ${Buffer.from(`ch_${'h'.repeat(26)}:chtl_${'i'.repeat(60)}`).toString('base64')}`,
    '-----BEGIN PRIVATE KEY-----',
    'a known password',
  ]
  for (const secret of written)
    expect(() => requireNoSecrets('this', text(secret), ['a known password']), secret).toThrow('in this')
  requireNoSecrets('this', text('chtl_short, chs_gone, ch_06h0t65rqdxdzcbf5tsxn1g0km, sha256:abc'), [undefined])
})

test('a secret in a table is found when the database of a file is closed', async ({ db, app }) => {
  await inSystem(db, (tx) =>
    tx.execute(sql`update apps set description = ${app.clientSecret} where id = ${app.app.id}::uuid`),
  )
  await expect(closeFileDatabase()).rejects.toThrow('There is a client secret in the table apps.')
})

test('a secret in a log is found when the gateway of a test is closed', async () => {
  const gateway = await startTestGateway()
  gateway.logs.push({ msg: await gateway.signIn() })
  await expect(gateway.close()).rejects.toThrow('There is a session token in the log of a gateway.')
})
