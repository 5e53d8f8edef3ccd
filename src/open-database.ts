import { join } from 'node:path'
import { createFirstOwner, type FirstOwner } from './accounts/index.ts'
import type { Config } from './config.ts'
import { type Connection, connectEmbedded, connectPostgres, migrate, proveRowSecurity } from './database/index.ts'
import { openWorkingKeys, type WorkingKeys } from './keys/index.ts'
import type { SlowHash } from './slow-hash.ts'

export type OpenDatabase = { connection: Connection; keys: WorkingKeys; firstOwner: FirstOwner | null }

/**
 * Opens the database that the configuration names, ready for use: migrated, proved to keep accounts apart, with the
 * instance's keys and a first owner. Of several processes at once one does what there is to do.
 */
export async function openDatabase(config: Config, slowHash: SlowHash): Promise<OpenDatabase> {
  const wrapping = { current: config.encryptionKey, previous: config.previousEncryptionKey }
  const admin = { email: config.adminEmail, password: config.adminPassword, mayGenerate: config.databaseUrl === null }
  const prepare = (connection: Connection) =>
    migrate(connection, async (db) => {
      await proveRowSecurity(db)
      const keys = await openWorkingKeys(db, wrapping)
      return { keys, firstOwner: await createFirstOwner(db, admin, slowHash) }
    })

  if (config.databaseUrl === null) {
    const connection = await connectEmbedded(join(config.dataDir, 'database'))
    try {
      return { connection, ...(await prepare(connection)) }
    } catch (error) {
      await connection.close()
      throw error
    }
  }
  const migrating = connectPostgres(config.databaseUrl, { migrating: true })
  try {
    const prepared = await prepare(migrating)
    return { connection: connectPostgres(config.databaseUrl), ...prepared }
  } finally {
    await migrating.close()
  }
}
