import { and, asc, eq, isNull, lte, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { systemCaller } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, inSweeper, secrets } from '../database/index.ts'

const BATCH = 100

/**
 * Tells the history of secrets whose grace period has run out: SECRET_EXPIRED, once each, by the system, whichever
 * gateway comes first. The secret itself stopped by the clock, whoever sweeps; after downtime the event comes late, with
 * occurredAt as of its writing and secretExpiresAt as of the true end.
 *
 * @param onError told of one that could not be told; it holds up no other, and the next call tries it again
 * @returns the accounts whose history has grown
 */
export async function recordExpiredSecrets(db: Database, onError: (error: unknown) => void): Promise<Set<string>> {
  const grown = new Set<string>()
  for (;;) {
    const due = await inSweeper(db, (tx) =>
      tx
        .select({ accountId: secrets.accountId, id: secrets.id })
        .from(secrets)
        .where(isDue)
        .orderBy(asc(secrets.expiresAt))
        .limit(BATCH),
    )
    let recorded = 0 // or found recorded by another gateway
    for (const one of due) {
      try {
        if (await recordOne(db, one)) grown.add(one.accountId)
        recorded++
      } catch (error) {
        onError(error)
      }
    }
    if (due.length < BATCH || recorded === 0) return grown
  }
}

const isDue = and(
  lte(secrets.expiresAt, sql`clock_timestamp()`),
  isNull(secrets.revokedAt),
  isNull(secrets.expiryRecordedAt),
)

/** A transaction each. @returns false where another gateway was quicker */
function recordOne(db: Database, { accountId, id }: { accountId: string; id: string }): Promise<boolean> {
  return inAccount(db, accountId, async (tx) => {
    const now = await databaseNow(tx)
    const [secret] = await tx
      .update(secrets)
      .set({ expiryRecordedAt: now, graceFromFirstUse: null })
      .where(and(eq(secrets.accountId, accountId), eq(secrets.id, id), isDue))
      .returning({ appId: secrets.appId, hint: secrets.hint, expiresAt: secrets.expiresAt })
    if (!secret) return false
    const [app] = await tx
      .select({ name: apps.name })
      .from(apps)
      .where(and(eq(apps.accountId, accountId), eq(apps.id, secret.appId)))
    await recordEvent(tx, systemCaller(accountId), now, {
      type: 'SECRET_EXPIRED',
      resource: { type: 'App', id: secret.appId, name: app?.name ?? null },
      appId: secret.appId,
      secret: { id, hint: secret.hint, expiresAt: secret.expiresAt },
    })
    return true
  })
}
