import type { PGlite } from '@electric-sql/pglite'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import { openEmbedded } from './embedded.ts'
import { createEmbeddedClient } from './embedded-client.ts'
import { createPostgresClient, type PostgresSettings } from './postgres-client.ts'
import * as schema from './schema/index.ts'
import { noSignals, postgresSignals, type Signals } from './signals.ts'

/** Either engine's database, or a transaction in it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>
export type Engine = 'pglite' | 'postgres'

export type Connection = {
  db: Database
  /** The same without a deadline, on the embedded database; on a server, as it was connected. */
  migrator: Database
  engine: Engine
  /** To and from the other gateways on this database. */
  signals: Signals
  close(): Promise<void>
}

/** What a request waits for the database at most, so that it is answered within 5 seconds whatever happens there. */
const WITHIN_MS = 4000
/**
 * What a statement may take, its waits for locks included, counted by the server, which then ends it. Longer than any of
 * ours takes, shorter than what is taken for silence.
 */
const STATEMENT_MS = 2500
const SILENT_MS = 3000
/** What a transaction of ours may stand still before the server ends it, with its locks: this process hangs. */
const STANDSTILL_MS = 10_000

const SERVING: PostgresSettings = {
  max: 10,
  connectWithin: 3,
  silentMs: SILENT_MS,
  withinMs: WITHIN_MS,
  privileged: false,
  parameters: {
    role: 'chatelaine_gateway',
    statement_timeout: String(STATEMENT_MS),
    idle_in_transaction_session_timeout: String(STANDSTILL_MS),
  },
}
/** A migration, or the wait for another gateway's, takes what it takes. */
const MIGRATING: PostgresSettings = {
  max: 1,
  connectWithin: 10,
  silentMs: null,
  withinMs: null,
  privileged: true,
  parameters: {},
}

/**
 * Connects to a PostgreSQL server. Its sessions are the role chatelaine_gateway, as on the embedded database: what runs
 * outside inAccount and inSystem may call the look-up functions and see no table.
 *
 * @param url `postgres://…`; TLS and all else by postgres.js's own query parameters
 * @param options.max sessions, 10 unless said otherwise
 * @param options.migrating one session, as the login itself, which owns the tables; without deadlines
 */
export function connectPostgres(url: string, options: { max?: number; migrating?: boolean } = {}): Connection {
  const settings = options.migrating ? MIGRATING : { ...SERVING, max: options.max ?? SERVING.max }
  const { client, close } = createPostgresClient(url, settings)
  const db = drizzlePostgres(client, { schema })
  const signals = postgresSignals(url, db)
  return {
    db,
    migrator: db,
    engine: 'postgres',
    signals,
    async close() {
      await signals.close()
      await close()
    },
  }
}

/** Opens the embedded PostgreSQL in a folder of its own, for this process alone. @throws Error where another has it open */
export async function connectEmbedded(folder: string): Promise<Connection> {
  const { pglite, close } = await openEmbedded(folder)
  return { ...embeddedDatabase(pglite), engine: 'pglite', signals: noSignals, close }
}

/** An open PGlite as this house's database. */
export function embeddedDatabase(pglite: PGlite): { db: Database; migrator: Database } {
  const db = drizzlePglite(createEmbeddedClient(pglite, WITHIN_MS), { schema })
  return { db, migrator: drizzlePglite(pglite, { schema }) }
}
