import { join } from 'node:path'
import { createFirstOwner, type FirstOwner } from './accounts/index.ts'
import type { Config } from './config.ts'
import {
  type Connection,
  connectEmbedded,
  connectPostgres,
  type Database,
  migrate,
  proveRowSecurity,
} from './database/index.ts'
import { openWorkingKeys, type SigningSettings, type WorkingKeys, type Wrapping } from './keys/index.ts'
import type { SlowHash } from './slow-hash.ts'

export type OpenDatabase = { connection: Connection; keys: WorkingKeys; firstOwner: FirstOwner | null }

/**
 * Opens the database that the configuration names, ready for use: migrated, proved to keep accounts apart, with the
 * instance's keys and a first owner. Of several processes at once one does what there is to do.
 */
export async function openDatabase(config: Config, slowHash: SlowHash): Promise<OpenDatabase> {
  const { wrapping, signing } = keySettingsOf(config)
  const admin = { email: config.adminEmail, password: config.adminPassword, mayGenerate: config.databaseUrl === null }
  const { connection, prepared } = await openMigrated(config, async (db) => {
    const keys = await openWorkingKeys(db, wrapping, signing)
    return { keys, firstOwner: await createFirstOwner(db, admin, slowHash) }
  })
  return { connection, ...prepared }
}

/**
 * Opens the database, migrated and proved, for what needs no more than that.
 * @param prepare what is done before any other process gets its turn
 */
export async function openMigrated<T>(
  config: Config,
  prepare: (db: Database) => Promise<T>,
): Promise<{ connection: Connection; prepared: T }> {
  const migrateAndPrepare = (connection: Connection) =>
    migrate(connection, async (db) => {
      await proveRowSecurity(db)
      return prepare(db)
    })

  if (config.databaseUrl === null) {
    const connection = await connectEmbedded(join(config.dataDir, 'database'))
    try {
      return { connection, prepared: await migrateAndPrepare(connection) }
    } catch (error) {
      await connection.close()
      throw error
    }
  }
  const migrating = connectPostgres(config.databaseUrl, { migrating: true })
  try {
    const prepared = await migrateAndPrepare(migrating)
    return { connection: connectPostgres(config.databaseUrl), prepared }
  } finally {
    await migrating.close()
  }
}

/** What the instance's keys are sealed by, and what the token signing keys among them are to be. */
export function keySettingsOf(config: Config): { wrapping: Wrapping; signing: SigningSettings } {
  return {
    wrapping: { current: config.encryptionKey, previous: config.previousEncryptionKey },
    signing: { algorithm: config.tokenAlgorithm, rotation: config.keyRotation },
  }
}
