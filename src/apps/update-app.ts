import { and, eq, sql } from 'drizzle-orm'
import { type Change, recordEvent } from '../audit/index.ts'
import { type Caller, requirePermission } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { formatDuration } from '../duration.ts'
import { type Result, refuse, type UserError } from '../result.ts'
import { type Catalogue, checkScopes } from '../scopes/index.ts'
import {
  type App,
  type AppStatus,
  appOf,
  checkDescription,
  checkName,
  checkTokenLifetime,
  livingApp,
  tidyDescription,
} from './app.ts'
import { requireGrantable } from './require-grantable.ts'
import { liveSecrets, neededAtLeastUntil } from './secret.ts'

/** What is left out stays. A null or blank description clears it; null elsewhere is REQUIRED. `tokenLifetime` in seconds. */
export type UpdateApp = {
  id: string
  name?: string | null
  description?: string | null
  tokenLifetime?: number | null
  scopes?: readonly string[] | null
  status?: AppStatus | null
  /** Refuse with CONFLICT if updatedAt is another by now. */
  ifUpdatedAt?: Date | null
}

/**
 * Changes an app. An update that changes nothing writes nothing, no event either. Event: APP_UPDATED.
 *
 * @returns errors: as createApp's, REQUIRED, NOT_FOUND (deleted apps too), CONFLICT, which comes with the app as it is
 * @throws Fault FORBIDDEN without the permission, or for a new scope that the caller does not hold (requireGrantable)
 */
export async function updateApp(
  db: Database,
  caller: Caller,
  input: UpdateApp,
  catalogue: Catalogue,
): Promise<Result<App>> {
  requirePermission(caller, 'apps/update')
  return inAccount(db, caller.accountId, async (tx) => {
    const [row] = await tx.select().from(apps).where(livingApp(caller.accountId, input.id)).for('update')
    if (!row) return refuse('NOT_FOUND', ['id'], 'There is no such app in this account.')
    const before = appOf(row)
    const errors = checkUpdate(input, before, catalogue)
    if (errors.length > 0) return { ok: false, errors }
    if (input.ifUpdatedAt && input.ifUpdatedAt.getTime() !== before.updatedAt.getTime())
      return {
        ...refuse('CONFLICT', ['ifUpdatedAt'], `The app was changed at ${before.updatedAt.toISOString()}.`),
        found: before,
      }
    const wanted = {
      name: input.name?.trim() ?? before.name,
      description: input.description === undefined ? before.description : tidyDescription(input.description),
      tokenLifetime: input.tokenLifetime ?? before.tokenLifetime,
      scopes: input.scopes && !sameScopes(input.scopes, before.scopes) ? [...input.scopes] : before.scopes,
      status: input.status ?? before.status,
    }
    requireGrantable(
      caller,
      wanted.scopes.filter((scope) => !before.scopes.includes(scope)),
    )
    const changes = changesOf(before, wanted)
    if (changes.length === 0) return { ok: true, value: before }
    const now = await databaseNow(tx)
    const updatedAt = new Date(Math.max(now.getTime(), before.updatedAt.getTime() + 1))
    const one = and(eq(apps.accountId, caller.accountId), eq(apps.id, before.id))
    const [after] = await tx
      .update(apps)
      .set({ ...wanted, updatedAt })
      .where(one)
      .returning()
    if (!after) throw new Error('The app was not written.')
    if (wanted.tokenLifetime !== before.tokenLifetime) await keepNeeded(tx, before, wanted.tokenLifetime, now)
    await recordEvent(tx, caller, now, {
      type: 'APP_UPDATED',
      resource: { type: 'App', id: before.id, name: wanted.name },
      appId: before.id,
      changes,
    })
    return { ok: true, value: appOf(after) }
  })
}

/**
 * With the current secret, tokens of the old lifetime may have been issued until now. What an older one issued is known
 * (its use is written before the answer), and from its last use on it counts with the longest lifetime since.
 */
async function keepNeeded(tx: Database, app: App, tokenLifetime: number, now: Date): Promise<void> {
  const instant = sql.param(now, secrets.expiresAt)
  const until = sql`case when ${secrets.replacedAt} is null then ${instant}::timestamptz + ${app.tokenLifetime} * interval '1 second'
    else greatest(${secrets.replacedAt}, ${secrets.lastUsedAt}) + ${tokenLifetime} * interval '1 second' end`
  await tx
    .update(secrets)
    .set({ neededUntil: neededAtLeastUntil(until) })
    .where(liveSecrets(app.accountId, app.id, now))
}

type Wanted = Pick<App, 'name' | 'description' | 'tokenLifetime' | 'scopes' | 'status'>

function checkUpdate(input: UpdateApp, before: App, catalogue: Catalogue): UserError[] {
  const required = (['name', 'tokenLifetime', 'scopes', 'status'] as const).filter((field) => input[field] === null)
  return [
    ...required.map(
      (field): UserError => ({
        path: [field],
        code: 'REQUIRED',
        message: `An app has a ${field}: leave it out to keep it.`,
      }),
    ),
    ...(input.name == null ? [] : checkName(input.name.trim())),
    ...checkDescription(tidyDescription(input.description)),
    ...(input.tokenLifetime == null ? [] : checkTokenLifetime(input.tokenLifetime)),
    ...(input.scopes == null ? [] : checkScopes(catalogue, input.scopes, before.scopes)),
  ]
}

/** In the order in which the event's documentation lists them. */
function changesOf(before: Wanted, after: Wanted): Change[] {
  const fields: (Change & { same: boolean })[] = [
    { field: 'name', before: before.name, after: after.name, same: before.name === after.name },
    {
      field: 'description',
      before: before.description,
      after: after.description,
      same: before.description === after.description,
    },
    {
      field: 'tokenLifetime',
      before: formatDuration(before.tokenLifetime),
      after: formatDuration(after.tokenLifetime),
      same: before.tokenLifetime === after.tokenLifetime,
    },
    { field: 'scopes', before: before.scopes, after: after.scopes, same: sameScopes(before.scopes, after.scopes) },
    { field: 'status', before: before.status, after: after.status, same: before.status === after.status },
  ]
  return fields.filter(({ same }) => !same).map(({ same: _same, ...change }) => change)
}

/** The order of scopes means nothing (RFC 6749 §3.3). */
function sameScopes(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && new Set([...some, ...others]).size === some.length
}
