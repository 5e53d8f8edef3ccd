import { and, desc, eq } from 'drizzle-orm'
import { eventsOfApp, type Json, type Sequence, timeOfEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { type Database, secrets } from '../database/index.ts'
import { parseDuration } from '../duration.ts'
import { Fault } from '../result.ts'
import type { App } from './app.ts'
import { findAppsEver } from './find-apps.ts'

/** An app as it was right after an event. */
export type AppSnapshot = Pick<App, 'name' | 'description' | 'tokenLifetime' | 'scopes' | 'status'> & {
  sequence: Sequence
  at: Date
  /** Of the secrets that were not past their end, newest first. */
  secretHints: string[]
  deleted: boolean
}

/**
 * An app, living or deleted, right after an event of the account's history: as it is today, without what happened to it
 * since. So it needs the events from there on alone, and works where retention has taken older ones. Inside readAccount.
 *
 * @returns null where there was no such app then
 * @throws Fault FORBIDDEN without apps/read; BAD_USER_INPUT for a sequence that the history does not hold
 */
export async function findAppAt(
  tx: Database,
  caller: Caller,
  id: string,
  sequence: Sequence,
): Promise<AppSnapshot | null> {
  requirePermission(caller, 'apps/read')
  const at = await timeOfEvent(tx, caller.accountId, sequence)
  if (!at) throw new Fault('BAD_USER_INPUT', 'The history holds no event of that sequence.')
  const [app] = await findAppsEver(tx, caller, [id], 'apps/read')
  if (!app) return null
  const before = new Map<string, Json>()
  const madeLater = new Set<string>()
  let deleted = app.deletedAt !== null
  for await (const { type, changes } of eventsOfApp(tx, caller.accountId, id, sequence)) {
    if (type === 'APP_CREATED') return null
    if (type === 'APP_DELETED') deleted = false
    for (const change of changes) {
      if (type === 'APP_UPDATED' && !before.has(change.field)) before.set(change.field, change.before)
      if (type === 'SECRET_ROTATED' && change.field === 'secret') madeLater.add(idOf(change.after))
    }
  }
  const was = <Field extends keyof App>(field: Field) =>
    (before.has(field) ? before.get(field) : app[field]) as App[Field]
  const lifetime = before.get('tokenLifetime')
  const stored = await tx
    .select()
    .from(secrets)
    .where(and(eq(secrets.accountId, caller.accountId), eq(secrets.appId, id)))
    .orderBy(desc(secrets.createdAt), desc(secrets.id))
  const live = stored.filter(
    (secret) => !madeLater.has(secret.id) && (secret.expiresAt ?? Number.POSITIVE_INFINITY) > at,
  )
  return {
    sequence,
    at,
    name: was('name'),
    description: was('description'),
    tokenLifetime: typeof lifetime === 'string' ? (parseDuration(lifetime) ?? app.tokenLifetime) : app.tokenLifetime,
    scopes: was('scopes'),
    status: was('status'),
    secretHints: live.map(({ hint }) => hint),
    deleted,
  }
}

function idOf(value: Json): string {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? String(value.id) : ''
}
