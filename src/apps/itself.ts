import { and, eq, sql } from 'drizzle-orm'
import type { Caller } from '../caller.ts'
import { appKeys, type apps, type Database, secrets } from '../database/index.ts'
import { Fault } from '../result.ts'

/**
 * An app with apps.self/rotate-secret, and without the wider permission, may do to itself alone what that would let it
 * do to every app.
 *
 * @returns whether the caller is bound to itself; false where it has the wider permission
 * @throws Fault FORBIDDEN where it has neither
 */
export function isBoundToItself(caller: Caller, wider: 'apps/read' | 'apps/rotate-secret'): boolean {
  if (caller.permissions.has(wider)) return false
  if (caller.actor.type === 'APP' && caller.permissions.has('apps.self/rotate-secret')) return true
  throw forbidden(wider)
}

/** @throws Fault FORBIDDEN for any other app, one that there is not included */
export function requireItself(
  caller: Caller,
  appId: string | undefined,
  wider: 'apps/read' | 'apps/rotate-secret',
): void {
  if (appId !== caller.actor.id) throw forbidden(wider)
}

/** @throws Fault FORBIDDEN where one of the secrets is, or was, not the caller's own. Inside inAccount or readAccount. */
export async function requireOwnSecrets(
  tx: Database,
  caller: Caller,
  ids: readonly string[],
  wider: 'apps/read' | 'apps/rotate-secret',
): Promise<void> {
  const found = await tx
    .select({ id: secrets.id, appId: secrets.appId })
    .from(secrets)
    .where(and(eq(secrets.accountId, caller.accountId), sql`${secrets.id} = any(${sql.param(ids)}::uuid[])`))
  const appOf = new Map(found.map(({ id, appId }) => [id, appId]))
  for (const id of ids) requireItself(caller, appOf.get(id), wider)
}

/**
 * A leaked old credential is no foothold: an app that rotates its own secret stands on the secret that is the current
 * one, or on a key that it still has. Call it under the app's lock.
 *
 * @throws Fault FORBIDDEN else, and where the app or the secret was switched off meanwhile
 */
export async function requireFirmStand(
  tx: Database,
  { accountId, credential }: Caller,
  app: typeof apps.$inferSelect,
  current: Pick<typeof secrets.$inferSelect, 'id' | 'disabledAt'>,
): Promise<void> {
  const firm =
    credential?.type === 'key'
      ? (await tx.$count(
          appKeys,
          and(eq(appKeys.accountId, accountId), eq(appKeys.appId, app.id), eq(appKeys.id, credential.id)),
        )) > 0
      : credential?.id === current.id && current.disabledAt === null
  if (!firm || app.status !== 'ACTIVE')
    throw new Fault(
      'FORBIDDEN',
      'An app rotates its own secret with a token made with its current secret, or with a key of its own.',
    )
}

function forbidden(permission: string): Fault {
  return new Fault('FORBIDDEN', `This needs the permission ${permission}.`)
}
