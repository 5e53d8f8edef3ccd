export type Role = 'OWNER' | 'ADMIN' | 'DEVELOPER' | 'AUDITOR'

type RoleWords = { name: string; short: string; hint: string }

/** Each role in words; the most powerful first. */
const WORDS: Record<Role, RoleWords> = {
  OWNER: { name: 'Owner', short: 'Owner', hint: 'All, owners included' },
  ADMIN: { name: 'Admin', short: 'Admin', hint: 'Apps and members' },
  DEVELOPER: { name: 'Developer', short: 'Dev.', hint: 'Apps' },
  AUDITOR: { name: 'Auditor', short: 'Auditor', hint: 'Reads everything, changes nothing' },
}

export const ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR']

export function wordsOf(role: Role): RoleWords {
  return WORDS[role]
}

/** What a viewer may make of others: only an owner makes owners. */
export function grantableBy(viewer: Role | null): { value: Role; words: string; hint: string }[] {
  return ROLES.filter((role) => role !== 'OWNER' || viewer === 'OWNER').map((role) => ({
    value: role,
    words: WORDS[role].name,
    hint: WORDS[role].hint,
  }))
}
