import { and, asc, desc, eq, isNull, or, type SQL, sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database } from '../database/index.ts'
import { type Page, type PageRequest, pageOf, walkOf } from '../page.ts'
import { type App, type AppStatus, appOf } from './app.ts'

export type AppOrder = { field: 'CREATED_AT' | 'UPDATED_AT' | 'NAME'; direction: 'ASC' | 'DESC' }
/** Null is no condition. */
export type AppFilter = {
  /** Part of the name, in any case, or the whole client id. */
  search?: string | null
  status?: AppStatus | null
  /** Exactly this one among the app's scopes. */
  scope?: string | null
  /** The id of who made it. */
  createdBy?: string | null
}
/** A place in an ordered list: what it is ordered by, and the id, which tells equals apart. */
export type AppPosition = { key: string; id: string }

export const DEFAULT_APP_ORDER: AppOrder = { field: 'CREATED_AT', direction: 'DESC' }
const MAX_COUNT = 10_000

/**
 * A page of the account's apps, by keyset. Inside readAccount.
 * @throws Fault FORBIDDEN without apps/list; BAD_USER_INPUT for a page that cannot be
 */
export async function listApps(
  tx: Database,
  caller: Caller,
  filter: AppFilter,
  order: AppOrder,
  request: PageRequest<AppPosition>,
): Promise<Page<App>> {
  requirePermission(caller, 'apps/list')
  const walk = walkOf(request)
  const ascending = (order.direction === 'ASC') !== walk.backwards
  const way = ascending ? asc : desc
  const key = keyOf(order)
  const beyond = ({ key: value, id }: AppPosition, forwards: boolean) =>
    (order.direction === 'ASC') === forwards
      ? sql`(${key}, ${apps.id}) > (${bound(order, value)}, ${id}::uuid)`
      : sql`(${key}, ${apps.id}) < (${bound(order, value)}, ${id}::uuid)`
  const found = await tx
    .select()
    .from(apps)
    .where(
      and(
        ...conditionsOf(caller.accountId, filter),
        request.after ? beyond(request.after, true) : undefined,
        request.before ? beyond(request.before, false) : undefined,
      ),
    )
    .orderBy(way(key), way(apps.id))
    .limit(walk.size + 1)
  return pageOf(found.map(appOf), walk, (walk.backwards ? request.before : request.after) != null)
}

/** Exact up to 10,000, and 10,001 where there are more. Inside readAccount. */
export async function countApps(tx: Database, caller: Caller, filter: AppFilter): Promise<number> {
  requirePermission(caller, 'apps/list')
  const some = tx
    .select({ id: apps.id })
    .from(apps)
    .where(and(...conditionsOf(caller.accountId, filter)))
    .limit(MAX_COUNT + 1)
    .as('some')
  const [count] = await tx.select({ apps: sql`count(*)`.mapWith(Number) }).from(some)
  return count?.apps ?? 0
}

/** Where an app stands in a list of that order. */
export function positionOf(app: App, order: AppOrder): AppPosition {
  const { id } = app
  if (order.field === 'NAME') return { key: app.name, id }
  return { key: (order.field === 'CREATED_AT' ? app.createdAt : app.updatedAt).toISOString(), id }
}

function keyOf({ field }: AppOrder): SQL {
  if (field === 'NAME') return sql`lower(${apps.name})`
  return sql`${field === 'CREATED_AT' ? apps.createdAt : apps.updatedAt}`
}

/** Lower case is the database's affair: it orders by its own. */
function bound({ field }: AppOrder, key: string): SQL {
  return field === 'NAME' ? sql`lower(${key}::text)` : sql`${key}::timestamptz`
}

function conditionsOf(accountId: string, { search, status, scope, createdBy }: AppFilter): (SQL | undefined)[] {
  const text = search?.trim()
  return [
    eq(apps.accountId, accountId),
    isNull(apps.deletedAt),
    text ? or(sql`position(lower(${text}::text) in lower(${apps.name})) > 0`, eq(apps.clientId, text)) : undefined,
    status ? eq(apps.status, status) : undefined,
    scope == null ? undefined : sql`${scope}::text = any(${apps.scopes})`,
    createdBy == null ? undefined : eq(apps.createdById, createdBy),
  ]
}
