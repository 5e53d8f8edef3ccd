import { type Caller, type Permission, permissions } from '../caller.ts'
import { Fault } from '../result.ts'
import { covers, isHeld, isWildcard, OWN_PRODUCT } from '../scopes/index.ts'

const OWN = `/${OWN_PRODUCT}/`

/**
 * Nobody gives away more than they hold: not by creating an app, by adding a scope to one, or by getting a credential
 * for one. Of Chatelaine's own permissions that binds everybody; an app's token bounds it in every product. A wildcard is
 * held by who holds the same or a wider one; a person, by having every permission that it covers.
 *
 * @param scopes what the app has, or would get on top of what it has
 * @throws Fault FORBIDDEN that names the first scope that the caller does not hold
 */
export function requireGrantable(caller: Caller, scopes: readonly string[]): void {
  const lacking = scopes.find((scope) => !holds(caller, scope))
  if (lacking !== undefined)
    throw new Fault('FORBIDDEN', `You cannot give away what you do not hold yourself: ${lacking.slice(0, 100)}.`)
}

function holds(caller: Caller, scope: string): boolean {
  if (caller.scopes !== null) return isHeld(caller.scopes, scope)
  if (!scope.startsWith(OWN)) return true
  if (isWildcard(scope))
    return permissions.every((permission) => !covers(scope, OWN + permission) || holds(caller, OWN + permission))
  const permission = scope.slice(OWN.length)
  // To rotate any app's secret is more than to rotate one's own.
  const needed = permission === 'apps.self/rotate-secret' ? 'apps/rotate-secret' : permission
  return caller.permissions.has(needed as Permission)
}
