import { type Caller, requirePermission } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import { covers, type Endpoint, type EndpointMatcher, isMethod, readTarget } from '../scopes/index.ts'
import { findApps } from './find-apps.ts'

/** Why a request of an app would be let through, or not. */
export type AccessExplanation = {
  allowed: boolean
  /** What the request is for; null where no scope opens it, so that it is refused. */
  endpoint: Endpoint | null
  /** Any one of these opens it. */
  requiredScopes: readonly string[]
  /** The one of the app's that does: the scope itself before a wildcard. */
  grantedBy: string | null
}

/**
 * Which scope would open this to an app, and whether it has it. It looks at scopes alone: a disabled app's would open it
 * again once it is enabled. Inside readAccount.
 *
 * @param method case-sensitive (RFC 9110 §9.1) @param url `https://host/path`; a query and a fragment count for nothing
 * @returns null where there is no such app
 * @throws Fault FORBIDDEN without apps/read; BAD_USER_INPUT for what is no method, or no URL of http or https
 */
export async function explainAccess(
  tx: Database,
  caller: Caller,
  matcher: EndpointMatcher,
  { appId, method, url }: { appId: string; method: string; url: string },
): Promise<AccessExplanation | null> {
  requirePermission(caller, 'apps/read')
  if (!isMethod(method)) throw bad('This is no HTTP method: up to 32 characters.')
  const target = readTarget(url.split('#', 1)[0] ?? '')
  if (!target) throw bad('This is no address: write https://host/path.')
  const [app] = await findApps(tx, caller, [appId])
  if (!app) return null
  const match = matcher.find(method, target.host, target.path)
  const requiredScopes = match?.scopes ?? []
  const granting = app.scopes.filter((held) => requiredScopes.some((scope) => covers(held, scope)))
  const grantedBy = granting.find((held) => requiredScopes.includes(held)) ?? granting[0] ?? null
  return { allowed: grantedBy !== null, endpoint: match?.endpoint ?? null, requiredScopes, grantedBy }
}

function bad(message: string): Fault {
  return new Fault('BAD_USER_INPUT', message)
}
