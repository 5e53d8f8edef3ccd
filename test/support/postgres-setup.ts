import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { connectPostgres, migrate } from '../../src/database/index.ts'
import { databaseAt } from './postgres-database.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'
import type {} from './provided.ts'

/**
 * Takes the server of TEST_DATABASE_URL (a role that may create databases), else starts one of its own, and migrates a
 * template there once: each test file's database is a copy of it. Where no server can be started, the tests of this
 * engine are skipped, and the summary says so.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL || null
  const server = given ? null : await startOrSay(project)
  const url = given ?? server?.url
  if (!url) return async () => {}

  const template = `chatelaine_test_${randomBytes(4).toString('hex')}`
  const admin = postgres(url, { max: 1, onnotice: () => {} })
  const tearDown = async () => {
    try {
      const left = await admin`select datname from pg_database where starts_with(datname, ${template})`
      for (const { datname } of left) await admin.unsafe(`drop database if exists "${datname}" with (force)`)
    } finally {
      await admin.end({ timeout: 5 })
      await server?.stop()
    }
  }
  try {
    await admin.unsafe(`create database ${template}`)
    const connection = connectPostgres(databaseAt(url, template), { migrating: true })
    await migrate(connection, async () => {}).finally(connection.close)
    const [{ version = '' } = {}] = await admin`select split_part(current_setting('server_version'), ' ', 1) as version`
    project.provide('postgres', { admin: url, template, version })
  } catch (error) {
    await tearDown().catch(() => {}) // the first error is the one to tell
    throw error
  }
  return tearDown
}

async function startOrSay(project: TestProject): Promise<PostgresServer | null> {
  try {
    return await startPostgresServer()
  } catch (error) {
    const missing = `no PostgreSQL server could be started (${error instanceof Error ? error.message : error})`
    process.stderr.write(`\nSKIPPED on PostgreSQL: ${missing}. Set TEST_DATABASE_URL to one.\n\n`)
    project.provide('postgres', { missing })
    return null
  }
}
