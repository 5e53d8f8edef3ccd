import type { Role } from './role.ts'

/**
 * What each role may do, as the page says it. Fixed text; a test holds it to what a gateway answers as the permissions
 * of each role, and to what it lets them do to owners.
 */
export type RoleRight = {
  words: string
  /** All of these, or, where it is about owners, what no permission alone decides. */
  permissions: readonly string[]
  roles: readonly Role[]
}

export const ROLE_RIGHTS: readonly RoleRight[] = [
  {
    words: 'See apps',
    permissions: ['apps/list', 'apps/read'],
    roles: ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR'],
  },
  {
    words: 'Change apps, rotate',
    permissions: ['apps/create', 'apps/update', 'apps/delete', 'apps/rotate-secret'],
    roles: ['OWNER', 'ADMIN', 'DEVELOPER'],
  },
  {
    words: 'Read the audit trail',
    permissions: ['audit/read'],
    roles: ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR'],
  },
  {
    words: 'See members',
    permissions: ['members/list'],
    roles: ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR'],
  },
  {
    words: 'Invite, change roles',
    permissions: ['members/create', 'members/update', 'members/delete'],
    roles: ['OWNER', 'ADMIN'],
  },
  { words: 'Make, remove owners', permissions: [], roles: ['OWNER'] },
]
