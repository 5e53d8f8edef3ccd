import { Fault } from './result.ts'

export type Role = 'OWNER' | 'ADMIN' | 'DEVELOPER' | 'AUDITOR'

/** What a caller may do here, by role or by one of Chatelaine's own scopes (`/chatelaine/` + the name). */
export const permissions = [
  'apps/list',
  'apps/read',
  'apps/create',
  'apps/update',
  'apps/delete',
  'apps/rotate-secret',
  'apps.self/rotate-secret',
  'audit/read',
  'members/list',
  'members/create',
  'members/update',
  'members/delete',
  'tokens/introspect',
] as const
export type Permission = (typeof permissions)[number]

/** Everything but what only means something for an app. */
const OF_PEOPLE = permissions.filter((permission) => permission !== 'apps.self/rotate-secret')
const READING: readonly Permission[] = ['apps/list', 'apps/read', 'audit/read', 'members/list']
const CHANGING_APPS: readonly Permission[] = ['apps/create', 'apps/update', 'apps/delete', 'apps/rotate-secret']
const OF_ROLE: Record<Role, readonly Permission[]> = {
  OWNER: OF_PEOPLE,
  ADMIN: OF_PEOPLE,
  DEVELOPER: permissions.filter((permission) => [...READING, ...CHANGING_APPS].includes(permission)),
  AUDITOR: READING,
}

/** The permissions of a role; an OWNER differs from an ADMIN only in what it may do to owners. */
export function permissionsOf(role: Role): readonly Permission[] {
  return OF_ROLE[role]
}

export type ActorType = 'USER' | 'APP' | 'SYSTEM'
export type AuditSource = 'API' | 'CONSOLE' | 'CLI' | 'SYSTEM'

/** Who acts, called as it is at this moment: an e-mail address, an app's name, or `system`. */
export type Actor = { type: ActorType; id: string | null; name: string }

/** Where a request came from, as an audit event tells it. `ip` is in its canonical text form. */
export type Origin = { source: AuditSource; ip: string | null; userAgent: string | null; requestId: string | null }

/** Who is asking, in which account, and with what rights: made anew for each request. */
export type Caller = {
  accountId: string
  actor: Actor
  /** Null for an app and for the system. */
  role: Role | null
  permissions: ReadonlySet<Permission>
  /** What an app's token opens, in all products; null for people and the system, whom permissions alone bound. */
  scopes: readonly string[] | null
  /** What an app's token was made with; null for people and the system. */
  credential: { type: 'secret' | 'key'; id: string } | null
  origin: Origin
}

/** The system itself acting in an account: bootstrap, expiry, the command line. */
export function systemCaller(accountId: string, source: AuditSource = 'SYSTEM'): Caller {
  return {
    accountId,
    actor: { type: 'SYSTEM', id: null, name: 'system' },
    role: null,
    permissions: new Set(permissions),
    scopes: null,
    credential: null,
    origin: { source, ip: null, userAgent: null, requestId: null },
  }
}

/** @throws Fault FORBIDDEN where the caller lacks the permission: no other input would mend that */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (!caller.permissions.has(permission)) throw new Fault('FORBIDDEN', `This needs the permission ${permission}.`)
}
