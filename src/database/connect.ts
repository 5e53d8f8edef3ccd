import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { openEmbedded } from './embedded.ts'
import { prepareEveryQuery } from './prepare-every-query.ts'
import * as schema from './schema/index.ts'

/** Either engine's database, or a transaction in it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>
export type Engine = 'pglite' | 'postgres'

export type Connection = { db: Database; engine: Engine; close(): Promise<void> }

/**
 * Connects to a PostgreSQL server. Its sessions are the role chatelaine_gateway, as on the embedded database: what runs
 * outside inAccount and inSystem may call the look-up functions and see no table.
 *
 * @param url `postgres://…`; TLS and all else by postgres.js's own query parameters
 * @param options.max sessions, 10 unless said otherwise
 * @param options.migrating one session, as the login itself, which owns the tables
 */
export function connectPostgres(url: string, options: { max?: number; migrating?: boolean } = {}): Connection {
  const client = postgres(url, {
    max: options.migrating ? 1 : (options.max ?? 10),
    idle_timeout: 300,
    connect_timeout: 10,
    connection: { application_name: 'chatelaine', ...(!options.migrating && { role: 'chatelaine_gateway' }) },
    onnotice: () => {}, // "already exists, skipping" of the migrator is no news to anybody
  })
  return {
    db: drizzlePostgres(prepareEveryQuery(client), { schema }),
    engine: 'postgres',
    close: () => client.end({ timeout: 5 }),
  }
}

/** Opens the embedded PostgreSQL in a folder of its own, for this process alone. @throws Error where another has it open */
export async function connectEmbedded(folder: string): Promise<Connection> {
  const { pglite, close } = await openEmbedded(folder)
  return { db: drizzlePglite(pglite, { schema }), engine: 'pglite', close }
}
