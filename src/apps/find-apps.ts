import { and, desc, eq, getTableColumns, isNull, sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, secrets } from '../database/index.ts'
import { type App, appOf } from './app.ts'
import { isBoundToItself, requireItself, requireOwnSecrets } from './itself.ts'
import { type Secret, secretOf } from './secret.ts'

/**
 * Apps by id, in the order asked for; null for one that is deleted or another account's. An app with
 * apps.self/rotate-secret alone may read itself. Inside readAccount.
 */
export async function findApps(tx: Database, caller: Caller, ids: readonly string[]): Promise<(App | null)[]> {
  const bound = isBoundToItself(caller, 'apps/read')
  if (bound) for (const id of ids) requireItself(caller, id, 'apps/read')
  const found = await findAppsEver(tx, caller, ids, bound ? null : 'apps/read')
  return found.map((app) => (app?.deletedAt ? null : app))
}

/**
 * As findApps, but deleted ones too: what the history is about.
 * @param permission what lets the caller know of them; with audit/read alone, show no more than id, client id and name;
 *   null: nothing, because it asks for itself
 */
export async function findAppsEver(
  tx: Database,
  caller: Caller,
  ids: readonly string[],
  permission: 'apps/read' | 'audit/read' | null,
): Promise<(App | null)[]> {
  if (permission !== null) requirePermission(caller, permission)
  const found = await tx
    .select()
    .from(apps)
    .where(and(eq(apps.accountId, caller.accountId), sql`${apps.id} = any(${sql.param(ids)}::uuid[])`))
  const byId = new Map(found.map((row) => [row.id, appOf(row)]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** As findApps. Inside readAccount. @returns null for an unknown client id, one of another account included */
export async function findAppByClientId(tx: Database, caller: Caller, clientId: string): Promise<App | null> {
  const bound = isBoundToItself(caller, 'apps/read')
  const [row] = await tx
    .select()
    .from(apps)
    .where(and(eq(apps.accountId, caller.accountId), eq(apps.clientId, clientId), isNull(apps.deletedAt)))
  if (bound) requireItself(caller, row?.id, 'apps/read')
  return row ? appOf(row) : null
}

const STILL_LIVE = sql`(${secrets.expiresAt} is null or ${secrets.expiresAt} > clock_timestamp())`
/** All but what decides a secret: the MAC and the hash never leave their table for a list. */
const { mac: _mac, hash: _hash, ...shownColumns } = getTableColumns(secrets)
const shown = {
  ...shownColumns,
  now: sql<Date>`clock_timestamp()`.mapWith((now) => new Date(now)),
}

/**
 * The live secrets of each of these apps: the current one first, then newest first; in the order of the ids. At most
 * 5 each. Of whom as findApps. Inside readAccount.
 */
export async function listSecrets(tx: Database, caller: Caller, appIds: readonly string[]): Promise<Secret[][]> {
  if (isBoundToItself(caller, 'apps/read')) for (const id of appIds) requireItself(caller, id, 'apps/read')
  const found = await tx
    .select(shown)
    .from(secrets)
    .where(
      and(
        eq(secrets.accountId, caller.accountId),
        sql`${secrets.appId} = any(${sql.param(appIds)}::uuid[])`,
        STILL_LIVE,
      ),
    )
    .orderBy(sql`${secrets.replacedAt} is not null`, desc(secrets.createdAt), desc(secrets.id))
  const byApp = Map.groupBy(
    found.map(({ now, ...row }) => secretOf(row, now)),
    (secret) => secret.appId,
  )
  return appIds.map((id) => byApp.get(id) ?? [])
}

/** Live secrets by id; null for what is not, or no longer. Of whom as findApps. Inside readAccount. */
export async function findSecrets(tx: Database, caller: Caller, ids: readonly string[]): Promise<(Secret | null)[]> {
  if (isBoundToItself(caller, 'apps/read')) await requireOwnSecrets(tx, caller, ids, 'apps/read')
  const found = await tx
    .select(shown)
    .from(secrets)
    .where(
      and(eq(secrets.accountId, caller.accountId), sql`${secrets.id} = any(${sql.param(ids)}::uuid[])`, STILL_LIVE),
    )
  const byId = new Map(found.map(({ now, ...row }) => [row.id, secretOf(row, now)]))
  return ids.map((id) => byId.get(id) ?? null)
}
