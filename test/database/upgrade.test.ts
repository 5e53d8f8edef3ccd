import { cp, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import { migrate as migratePostgres } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { inject } from 'vitest'
import { findCheckpoint, proveInclusion, verifyHistory } from '../../src/audit/index.ts'
import { embeddedDatabase } from '../../src/database/connect.ts'
import { type Connection, connectPostgres, type Database, migrate, noSignals } from '../../src/database/index.ts'
import { checkInclusion } from '../../src/verify/index.ts'
import { startSealer } from '../audit/sealing.ts'
import { writeEvents } from '../audit/write-events.ts'
import { allEvents, expect, newAccount, read, startPostgresServer, tempFolder, test } from '../support/index.ts'

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** The migrations up to one, as that version had them. */
async function migrationsUpTo(folder: string, last: number): Promise<string> {
  await cp(MIGRATIONS, folder, { recursive: true })
  const file = `${folder}/meta/_journal.json`
  const journal = JSON.parse(await readFile(file, 'utf8'))
  journal.entries = journal.entries.filter(({ idx }: { idx: number }) => idx <= last)
  await writeFile(file, JSON.stringify(journal))
  return folder
}

/** An account and events, as the version before the provable history left them. */
const INSERT_OLD = `insert into accounts values ('0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01', 'Old', now());
  insert into audit_heads (account_id, occurred_at) values ('0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01', now());`
const appendOld = (n: number) => `set local role chatelaine_member;
  set local chatelaine.account = '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01';
  select append_event(gen_random_uuid(), 'SIGNED_IN', null, null, null, clock_timestamp(), false,
    '{"accountId":"0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01","actor":{"id":null,"name":"system","type":"SYSTEM"},"appId":null,"attempts":null,"changes":[],"gracePeriod":null,"graceStarts":null,"id":"0199b2c6-0011-7000-8000-00000000000${n}","occurredAt":"',
    '","requestId":null,"resourceId":"x","resourceName":null,"resourceType":"User","secretExpiresAt":null,"secretHint":null,"secretId":null,"sequence":',
    ',"source":"SYSTEM","sourceIp":null,"type":"SIGNED_IN","userAgent":null,"v":1}')`

async function expectProved(db: Database): Promise<void> {
  const owner = { ...(await newAccount(db)), accountId: '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01' }
  expect((await allEvents(db, owner)).map(({ sequence }) => sequence)).toEqual([1, 2, 3])
  await writeEvents(db, owner, 2)
  await using sealer = await startSealer(db)
  await sealer.sealAll()
  expect(await sealer.problem(owner)).toBeNull()
  const [first] = await allEvents(db, owner)
  await read(db, owner, async (tx) => {
    expect(await findCheckpoint(tx, owner, null)).toMatchObject({ size: 5 })
    const { rootHash, hashes } = await proveInclusion(tx, owner, 1, 5)
    expect(checkInclusion(0, 5, Buffer.from(first?.hash ?? '', 'hex'), hashes, rootHash)).toBe(true)
    expect(await verifyHistory(tx, owner, 0, 10)).toMatchObject({ checked: 5, complete: true, brokenAt: null })
  })
}

test('events of the version before the provable history are kept, sealed and proved', async () => {
  await using temporary = await tempFolder()
  const migrationsFolder = await migrationsUpTo(`${temporary.path}/drizzle`, 6)
  if (inject('engine') === 'pglite') {
    const pglite = await PGlite.create()
    await migratePglite(drizzlePglite(pglite), { migrationsFolder })
    await pglite.exec(INSERT_OLD)
    for (const n of [1, 2, 3]) await pglite.transaction((tx) => tx.exec(appendOld(n)))
    const connection: Connection = {
      ...embeddedDatabase(pglite),
      engine: 'pglite',
      signals: noSignals,
      close: () => pglite.close(),
    }
    await migrate(connection, async () => {})
    await expectProved(connection.db)
    return connection.close()
  }
  await using server = await startPostgresServer()
  const admin = postgres(server.url, { max: 1, onnotice: () => {} })
  await migratePostgres(drizzlePostgres(admin), { migrationsFolder })
  await admin.unsafe(INSERT_OLD)
  for (const n of [1, 2, 3]) await admin.begin((tx) => tx.unsafe(appendOld(n)))
  await admin.end()
  const migrating = connectPostgres(server.url, { migrating: true })
  await migrate(migrating, async (db) => db.execute(sql`select 1`)).finally(migrating.close)
  const connection = connectPostgres(server.url)
  await expectProved(connection.db).finally(connection.close)
})
