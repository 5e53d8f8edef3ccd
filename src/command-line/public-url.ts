import { type Config, ConfigError } from '../config.ts'
import type { Database } from '../database/index.ts'
import { rememberedPublicUrl } from '../keys/index.ts'
import { keySettingsOf } from '../open-database.ts'

/**
 * What checkpoints are signed under: PUBLIC_URL, or, where it is not set here, the address of the gateway that has
 * started last on this database. A guess of ours would give the log another name than the gateways do.
 * @throws ConfigError where neither is known
 */
export async function publicUrlOf(config: Config, db: Database): Promise<string> {
  const known = config.publicUrl ?? (await rememberedPublicUrl(db, keySettingsOf(config).wrapping))
  if (known === null) throw new ConfigError('PUBLIC_URL is not set, and no gateway has told this database its own yet.')
  return known
}
