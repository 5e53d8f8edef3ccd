import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { inject } from 'vitest'
import { createApp } from '../../src/apps/index.ts'
import { type Connection, connectPostgres, migrate, rows } from '../../src/database/index.ts'
import { builtInCatalogue } from '../../src/scopes/index.ts'
import { createSlowHash } from '../../src/slow-hash.ts'
import { allEvents, describe, expect, newAccount, startPostgresServer, test } from '../support/index.ts'

const instance = {
  catalogue: builtInCatalogue('h'),
  secretMac: new Uint8Array(32),
  answerSeal: new Uint8Array(32),
  slowHash: createSlowHash(),
}
const oneSession = (url: string) => connectPostgres(url, { migrating: true })

async function at<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = oneSession(url)
  return work(connection).finally(connection.close)
}

describe.runIf(inject('engine') === 'postgres')('a PostgreSQL server that never saw us', () => {
  test('is migrated by four at once: all succeed, and their first starts come one after the other', async () => {
    await using server = await startPostgresServer()
    let [running, most] = [0, 0]
    const firstStart = async (db: Connection['db']) => {
      running += 1
      most = Math.max(most, running)
      const [{ before } = { before: null }] = await rows<{ before: number }>(
        db,
        sql`select count(*)::int as before from accounts`,
      )
      await newAccount(db)
      running -= 1
      return before
    }
    const start = () => at(server.url, (connection) => migrate(connection, firstStart))
    const before = await Promise.all([start(), start(), start(), start()])
    expect(before.toSorted()).toEqual([0, 1, 2, 3]) // each sees what those before it did
    expect(most).toBe(1)
    const applied = (connection: Connection) =>
      rows(
        connection.db,
        sql`select count(*)::int as times, count(distinct hash)::int as migrations
        from drizzle.__drizzle_migrations`,
      )
    const [once] = await at(server.url, applied)
    expect(once?.times).toBe(once?.migrations)
    expect(await start()).toBe(4) // again, later: nothing to do
    expect(await at(server.url, applied)).toEqual([once])
  })

  test('frees the lock for the next one where a first start fails', async () => {
    await using server = await startPostgresServer()
    const failing = at(server.url, (connection) =>
      migrate(connection, async () => {
        throw new Error('on purpose')
      }),
    )
    await expect(failing).rejects.toThrow('on purpose')
    expect(await at(server.url, (connection) => migrate(connection, async () => 'started'))).toBe('started')
  })

  test('serves an owner of the database who is no superuser', async () => {
    await using server = await startPostgresServer()
    const admin = postgres(server.url, { max: 1 })
    await admin.unsafe(`create role keeper login createrole password 'keeper'`)
    await admin.unsafe('create database chatelaine owner keeper')
    await admin.end()
    const url = new URL(server.url)
    Object.assign(url, { username: 'keeper', password: 'keeper', pathname: '/chatelaine' })
    await at(url.href, async (connection) => {
      const { db } = connection
      await migrate(connection, async () => {})
      const owner = await newAccount(db)
      const made = await createApp(db, owner, { name: 'Billing', scopes: [] }, instance)
      expect(made).toMatchObject({ ok: true, value: { app: { name: 'Billing' } } })
      expect(await allEvents(db, owner)).toHaveLength(1)
    })
  })
})
