import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'
import { EVERY_TABLE, requireNoSecrets } from './leaks.ts'
import type {} from './provided.ts'

/** A database of a test's own on the PostgreSQL server; `url` is its owner's, who may migrate it. */
export type PostgresDatabase = AsyncDisposable & { url: string }

/** Copies the migrated template: the schema, and no account. Dropped at the end, whoever is still connected. */
export async function createPostgresDatabase(): Promise<PostgresDatabase> {
  const server = inject('postgres')
  if ('missing' in server) throw new Error(server.missing)
  const name = `${server.template}_${randomBytes(6).toString('hex')}`
  await asAdmin(server.admin, `create database ${name} template ${server.template}`)
  const url = databaseAt(server.admin, name)
  return {
    url,
    async [Symbol.asyncDispose]() {
      const tables = await asAdmin(url, EVERY_TABLE)
      await asAdmin(server.admin, `drop database if exists ${name} with (force)`)
      for (const { name: table, rows } of tables) requireNoSecrets(`the table ${table}`, rows)
    },
  }
}

/** The same server, another database. */
export function databaseAt(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** Sessions that are the gateway's plain role from the start, as in production: policies bind them, superuser or not. */
export function asGatewayRole(url: string): string {
  const plain = new URL(url)
  plain.searchParams.set('role', 'chatelaine_gateway')
  return plain.href
}

async function asAdmin(url: string, statement: string): Promise<{ name: string; rows: string }[]> {
  const admin = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await admin.unsafe<{ name: string; rows: string }[]>(statement)
  } finally {
    await admin.end({ timeout: 5 })
  }
}
