import { and, eq, isNotNull, lte, ne, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import type { Origin } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { livingApp } from './app.ts'
import { type Client, clientCaller } from './authenticate-client.ts'

/**
 * The first token issued with a newer secret: the grace periods that waited for it start, of every older secret of the
 * app. Event: SECRET_GRACE_STARTED for each, by the app itself. Of two first uses at once, one starts them.
 *
 * Before the token is answered: else an old secret could outlive a first use that was seen.
 */
export async function startGrace(db: Database, client: Client, origin: Origin): Promise<void> {
  await inAccount(db, client.accountId, async (tx) => {
    const [app] = await tx.select().from(apps).where(livingApp(client.accountId, client.appId)).for('update')
    if (!app) return
    const now = await databaseNow(tx)
    const used = tx
      .select({ createdAt: secrets.createdAt })
      .from(secrets)
      .where(and(eq(secrets.accountId, client.accountId), eq(secrets.id, client.credential.id)))
    const waiting = and(
      eq(secrets.accountId, client.accountId),
      eq(secrets.appId, client.appId),
      ne(secrets.id, client.credential.id),
      isNotNull(secrets.graceFromFirstUse),
      lte(secrets.replacedAt, sql`(${used})`),
    )
    for (const secret of await tx.select().from(secrets).where(waiting).orderBy(secrets.createdAt)) {
      const gracePeriod = secret.graceFromFirstUse ?? 0
      const before = secret.expiresAt ?? now
      const isOver = before <= now // waited its 30 days in vain: it ended then, and starts nothing
      const expiresAt = isOver ? before : new Date(Math.min(before.getTime(), now.getTime() + gracePeriod * 1000))
      const one = and(eq(secrets.accountId, client.accountId), eq(secrets.id, secret.id))
      await tx.update(secrets).set({ expiresAt, graceFromFirstUse: null }).where(one)
      if (isOver) continue
      await recordEvent(tx, clientCaller(client, origin), now, {
        type: 'SECRET_GRACE_STARTED',
        resource: { type: 'App', id: app.id, name: app.name },
        appId: app.id,
        gracePeriod,
        secret: { id: secret.id, hint: secret.hint, expiresAt },
        changes: [{ field: 'expiresAt', before: before.toISOString(), after: expiresAt.toISOString() }],
      })
    }
  })
}
