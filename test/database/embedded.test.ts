import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { cp } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { inject, vi } from 'vitest'
import { connectEmbedded, migrate, rows } from '../../src/database/index.ts'
import { describe, expect, type TempFolder, tempFolder, test } from '../support/index.ts'

const ROUNDS = process.env.LONG ? 20 : 3
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder with a migrated database in it, that nobody has open. */
async function databaseFolder(): Promise<TempFolder> {
  const folder = await tempFolder()
  await cp(inject('pglite').folder, folder.path, { recursive: true })
  return folder
}

const refusal = (folder: string) =>
  new Error(
    `Another Chatelaine has the folder ${folder} open. The embedded database serves one process: stop that one, ` +
      'choose another DATA_DIR, or set DATABASE_URL to a PostgreSQL server, which serves many.',
  )

describe.runIf(inject('engine') === 'pglite')('the embedded database', () => {
  test('is refused to a second one while it is open, and given to it after', async () => {
    await using folder = await databaseFolder()
    const first = await connectEmbedded(folder.path)
    await expect(connectEmbedded(folder.path)).rejects.toThrow(refusal(folder.path))
    await first.db.execute(sql`create table mine (x int)`) // the refused one has not disturbed it
    await first.close()
    const second = await connectEmbedded(folder.path)
    expect(await rows(second.db, sql`select * from mine`)).toEqual([])
    await second.close()
  })

  test('that does not open leaves its folder free', async () => {
    await using folder = await databaseFolder()
    const version = join(folder.path, 'postgres', 'PG_VERSION')
    const right = await fs.promises.readFile(version)
    await fs.promises.writeFile(version, '15\n')
    await expect(connectEmbedded(folder.path)).rejects.toThrow('PGlite failed to initialize properly')
    await fs.promises.writeFile(version, right)
    const connection = await connectEmbedded(folder.path)
    await connection.close()
  })

  test('is flushed to the disk by every commit, before it is acknowledged', async () => {
    await using folder = await databaseFolder()
    const flushed = vi.spyOn(fs, 'fdatasyncSync')
    syncBuiltinESMExports()
    try {
      const { db, close } = await connectEmbedded(folder.path)
      await db.execute(sql`create table numbers (number int)`)
      for (let number = 1; number <= 10; number += 1) {
        const before = flushed.mock.calls.length
        await db.transaction((tx) => tx.execute(sql`insert into numbers values (${number})`))
        expect(flushed.mock.calls.length, `commit ${number}`).toBeGreaterThan(before)
      }
      await close()
    } finally {
      flushed.mockRestore()
      syncBuiltinESMExports()
    }
  })

  test('is the plain role of the gateway after its migration, and sees no table', async () => {
    await using folder = await databaseFolder()
    const connection = await connectEmbedded(folder.path)
    const seen = await migrate(connection, (db) => rows(db, sql`select current_user::text as role`))
    expect(seen).toEqual([{ role: 'chatelaine_gateway' }])
    for (const table of ['accounts', 'apps', 'secrets', 'keys', 'audit_events', 'users'])
      await expect(rows(connection.db, sql.raw(`select 1 from ${table}`))).rejects.toMatchObject({
        cause: { code: '42501' },
      })
    await connection.close()
  })

  test(`loses nothing that it acknowledged to SIGKILL, in ${ROUNDS} rounds on one folder`, async () => {
    await using folder = await databaseFolder()
    let acknowledged = 0
    for (let round = 1; round <= ROUNDS; round += 1) {
      acknowledged = await insertUntilKilled(folder.path, acknowledged + 5 + Math.floor(Math.random() * 150))
      const { db, close } = await connectEmbedded(folder.path) // free at once
      const [kept] = await rows<{ count: number; max: number; last: number }>(
        db,
        sql`select count(*)::int as count, max(number) as max, (select last from counter) as last from numbers`,
      )
      // One commit may have been kept that nobody was told of.
      expect([acknowledged, acknowledged + 1]).toContain(kept?.max)
      expect(kept).toEqual({ count: kept?.max, max: kept?.max, last: kept?.max })
      acknowledged = kept?.max ?? 0
      await close()
    }
  }, 300_000)
})

/** @returns the last number that the process acknowledged before it was killed */
async function insertUntilKilled(folder: string, until: number): Promise<number> {
  const args = ['test/database/insert-until-killed.ts', folder]
  const child = spawn(`${root}/node_modules/.bin/node`, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'close')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  let acknowledged = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line) // what it wrote before its end comes after the signal, too
    if (acknowledged !== until) continue
    await expect(connectEmbedded(folder)).rejects.toThrow(refusal(folder)) // another process has it
    child.kill('SIGKILL')
  }
  expect(await exited, errors).toEqual([null, 'SIGKILL'])
  return acknowledged
}
