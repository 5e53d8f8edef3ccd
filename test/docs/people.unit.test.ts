import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { permissions, permissionsOf, type Role } from '../../src/caller.ts'

const page = readFileSync(new URL('../../docs/people.md', import.meta.url), 'utf8')

test('the table of permissions in docs/people.md is what the roles allow', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `') && line.split('|').length === 8)
    .map((line) => line.split('|').slice(1, -1))
  const told = rows.map(([names = '', _opens, ...roles]) => ({
    names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    roles: roles.map((cell) => cell.trim() === 'yes'),
  }))
  expect(told.flatMap(({ names }) => names)).toEqual(permissions)
  const roles: Role[] = ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR']
  for (const [index, role] of roles.entries()) {
    const allowed = told.filter((row) => row.roles[index]).flatMap(({ names }) => names)
    expect(allowed).toEqual(permissionsOf(role))
  }
})
