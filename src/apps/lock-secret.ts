import { and, eq } from 'drizzle-orm'
import type { Caller } from '../caller.ts'
import { apps, type Database, databaseNow, secrets } from '../database/index.ts'
import { type App, appOf, livingApp } from './app.ts'
import { liveSecrets, type SecretRow } from './secret.ts'

/**
 * A live secret, with its app locked: what changes an app's secrets goes one after the other.
 * @returns null for a secret of another account or a deleted app, and for one past its end; `now` was read under the lock
 */
export async function lockSecret(
  tx: Database,
  { accountId }: Caller,
  id: string,
): Promise<{ app: App; secret: SecretRow; now: Date } | null> {
  const one = and(eq(secrets.accountId, accountId), eq(secrets.id, id))
  const [of] = await tx.select({ appId: secrets.appId }).from(secrets).where(one)
  if (!of) return null
  const [row] = await tx.select().from(apps).where(livingApp(accountId, of.appId)).for('update')
  if (!row) return null
  const now = await databaseNow(tx)
  const [secret] = await tx
    .select()
    .from(secrets)
    .where(and(one, liveSecrets(accountId, row.id, now)))
  return secret ? { app: appOf(row), secret, now } : null
}
