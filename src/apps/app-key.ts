import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Json } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { appKeys, type Database } from '../database/index.ts'
import type { Maker } from './app.ts'
import { isBoundToItself, requireItself } from './itself.ts'

/** A public key that an app may sign in with instead of a secret (private_key_jwt, RFC 7523). */
export type AppKey = {
  id: string
  appId: string
  kid: string | null
  /** The one algorithm that its assertions are signed by. */
  algorithm: string
  /** RFC 7638. */
  thumbprint: string
  createdAt: Date
  createdBy: Maker
  /** A minute behind at most. */
  lastUsedAt: Date | null
}

export const MAX_KEYS = 5

export function appKeyOf({ createdByType, createdById, ...row }: typeof appKeys.$inferSelect): AppKey {
  const { id, appId, kid, algorithm, thumbprint, createdAt, lastUsedAt } = row
  const createdBy = { type: createdByType, id: createdById }
  return { id, appId, kid, algorithm, thumbprint, createdAt, createdBy, lastUsedAt }
}

/** A key as an event tells it. */
export function recordedKey({ id, kid, algorithm, thumbprint }: AppKey): { [member: string]: Json } {
  return { id, kid, algorithm, thumbprint }
}

export function oneKey(accountId: string, id: string): SQL | undefined {
  return and(eq(appKeys.accountId, accountId), eq(appKeys.id, id))
}

/** The keys of each of these apps, oldest first, in the order of the ids. At most 5 each. Of whom as findApps. Inside readAccount. */
export async function listAppKeys(tx: Database, caller: Caller, appIds: readonly string[]): Promise<AppKey[][]> {
  if (isBoundToItself(caller, 'apps/read')) for (const id of appIds) requireItself(caller, id, 'apps/read')
  const found = await tx
    .select()
    .from(appKeys)
    .where(and(eq(appKeys.accountId, caller.accountId), sql`${appKeys.appId} = any(${sql.param(appIds)}::uuid[])`))
    .orderBy(asc(appKeys.createdAt), asc(appKeys.id))
  const byApp = Map.groupBy(found.map(appKeyOf), (key) => key.appId)
  return appIds.map((id) => byApp.get(id) ?? [])
}

/** Keys by id; null for what is none, or no longer. Of whom as findApps. Inside readAccount. */
export async function findAppKeys(tx: Database, caller: Caller, ids: readonly string[]): Promise<(AppKey | null)[]> {
  const bound = isBoundToItself(caller, 'apps/read')
  const found = await tx
    .select()
    .from(appKeys)
    .where(and(eq(appKeys.accountId, caller.accountId), sql`${appKeys.id} = any(${sql.param(ids)}::uuid[])`))
  const byId = new Map(found.map((row) => [row.id, appKeyOf(row)]))
  if (bound) for (const id of ids) requireItself(caller, byId.get(id)?.appId, 'apps/read')
  return ids.map((id) => byId.get(id) ?? null)
}
