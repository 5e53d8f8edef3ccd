import type { Caller, Permission } from '../caller.ts'
import { Fault } from '../result.ts'
import { OWN_PRODUCT } from '../scopes/index.ts'

const OWN = `/${OWN_PRODUCT}/`

/**
 * Nobody gives away more than they hold: not by creating an app, by adding a scope to one, or by getting a credential
 * for one. Of Chatelaine's own permissions that binds everybody; an app's token bounds it in every product.
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
  if (caller.scopes !== null) return caller.scopes.includes(scope)
  if (!scope.startsWith(OWN)) return true
  const permission = scope.slice(OWN.length)
  // To rotate any app's secret is more than to rotate one's own.
  const needed = permission === 'apps.self/rotate-secret' ? 'apps/rotate-secret' : permission
  return caller.permissions.has(needed as Permission)
}
