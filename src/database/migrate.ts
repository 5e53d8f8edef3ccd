import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import type { MigrationConfig } from 'drizzle-orm/migrator'
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator'
import { migrate as migratePostgres } from 'drizzle-orm/postgres-js/migrator'
import type { Connection, Database } from './connect.ts'
import { MISSING_ROLES, PoliciesNotInForce } from './self-test.ts'

const MIGRATIONS: MigrationConfig = { migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)) }
/** Any number, the same in every gateway: who holds it may migrate. */
const MIGRATION_LOCK = 7210

/**
 * Brings the database to this version's tables, then does `firstStart` (keys, first owner) before any other gateway
 * gets its turn: Drizzle's migrator takes no lock, and of four at once three would fail. Idempotent.
 *
 * @param connection of one session alone (`migrating`), because the lock belongs to the session
 */
export async function migrate<T>(connection: Connection, firstStart: (db: Database) => Promise<T>): Promise<T> {
  const { db, migrator, engine } = connection
  if (engine === 'pglite') {
    await migratePglite(migrator as Parameters<typeof migratePglite>[0], MIGRATIONS)
    // PGlite connects as a superuser, whom policies do not bind. From here on its one session is a plain role.
    await db.execute(sql`set role chatelaine_gateway`)
    return firstStart(db)
  }
  await db.execute(sql`select pg_advisory_lock(${sql.raw(String(MIGRATION_LOCK))})`)
  try {
    await migratePostgres(migrator as Parameters<typeof migratePostgres>[0], MIGRATIONS).catch(explainMissingRoles)
    return await firstStart(db)
  } finally {
    await db.execute(sql`select pg_advisory_unlock(${sql.raw(String(MIGRATION_LOCK))})`)
  }
}

/** What a login that may not act as our roles meets first: PostgreSQL's insufficient_privilege. */
function explainMissingRoles(error: Error): never {
  const { cause } = error
  if (cause instanceof Error && 'code' in cause && cause.code === '42501')
    throw new PoliciesNotInForce(`PostgreSQL refused: ${cause.message}.\n${MISSING_ROLES}`, { cause: error })
  throw error
}
