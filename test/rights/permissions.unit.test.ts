import { expect, test } from 'vitest'
import { permissions, permissionsOf } from '../../src/caller.ts'

const READING = ['apps/list', 'apps/read', 'audit/read', 'members/list']
const CHANGING_APPS = ['apps/create', 'apps/update', 'apps/delete', 'apps/rotate-secret']

test.for([
  ['OWNER', permissions.filter((name) => name !== 'apps.self/rotate-secret')],
  ['ADMIN', permissions.filter((name) => name !== 'apps.self/rotate-secret')],
  ['DEVELOPER', [...READING, ...CHANGING_APPS]],
  ['AUDITOR', READING],
] as const)('%s has these permissions, in the order of all permissions', ([role, names]) => {
  expect(permissionsOf(role)).toEqual(permissions.filter((name) => names.some((one) => one === name)))
  expect(permissionsOf(role)).toHaveLength(names.length)
})
