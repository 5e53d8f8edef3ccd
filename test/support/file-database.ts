import { openAsBlob } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { inject } from 'vitest'
import { embeddedDatabase } from '../../src/database/connect.ts'
import { connectPostgres, type Database } from '../../src/database/index.ts'
import { EVERY_TABLE, requireNoSecrets } from './leaks.ts'
import { asGatewayRole, createPostgresDatabase } from './postgres-database.ts'
import type {} from './provided.ts'

export type FileDatabase = { db: Database; databaseUrl: string | null; close(): Promise<void> }

let opened: Promise<FileDatabase> | null = null

/** The database of the test file that runs now: a migrated copy, made at the first call. */
export function fileDatabase(): Promise<FileDatabase> {
  opened ??= inject('engine') === 'pglite' ? openPglite() : openPostgres()
  return opened
}

/** At the file's end. */
export async function closeFileDatabase(): Promise<void> {
  const closing = opened?.catch(() => null) // it has said so where it was asked for
  opened = null
  await (await closing)?.close()
}

async function openPglite(): Promise<FileDatabase> {
  const pglite = await PGlite.create({ loadDataDir: await openAsBlob(inject('pglite').dump) })
  await pglite.exec('set role chatelaine_gateway') // as migrate leaves it
  const close = async () => {
    await pglite.exec('reset role')
    const { rows } = await pglite.query<{ name: string; rows: string }>(EVERY_TABLE)
    await pglite.close()
    for (const table of rows) requireNoSecrets(`the table ${table.name}`, table.rows)
  }
  return { db: embeddedDatabase(pglite).db, databaseUrl: null, close }
}

async function openPostgres(): Promise<FileDatabase> {
  const database = await createPostgresDatabase()
  const databaseUrl = asGatewayRole(database.url)
  const connection = connectPostgres(databaseUrl)
  const close = async () => {
    await connection.close()
    await database[Symbol.asyncDispose]()
  }
  return { db: connection.db, databaseUrl, close }
}
