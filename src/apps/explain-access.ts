import { type Caller, requirePermission } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import { covers, type Endpoint, type EndpointMatcher } from '../scopes/index.ts'
import { findApps } from './find-apps.ts'

const DEFAULT_PORT: Record<string, string> = { http: ':80', https: ':443' }

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
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/.test(method)) throw bad('This is no HTTP method: up to 32 characters.')
  const { host, path } = partsOf(url)
  const [app] = await findApps(tx, caller, [appId])
  if (!app) return null
  const match = matcher.find(method, host, path)
  const requiredScopes = match?.scopes ?? []
  const granting = app.scopes.filter((held) => requiredScopes.some((scope) => covers(held, scope)))
  const grantedBy = granting.find((held) => requiredScopes.includes(held)) ?? granting[0] ?? null
  return { allowed: grantedBy !== null, endpoint: match?.endpoint ?? null, requiredScopes, grantedBy }
}

/** By hand: URL would resolve dot segments, and so explain another request than the one that would be sent. */
function partsOf(url: string): { host: string; path: string } {
  const [, scheme = '', authority = '', path = ''] = /^(https?):\/\/([^/?#\\]+)([^?#]*)/i.exec(url.slice(0, 8192)) ?? []
  if (authority === '' || authority.includes('@') || !URL.canParse(`${scheme}://${authority}`))
    throw bad('This is no address: write https://host/path.')
  const port = DEFAULT_PORT[scheme.toLowerCase()] ?? ''
  const host = authority.toLowerCase()
  return { host: host.endsWith(port) ? host.slice(0, -port.length) : host, path: path || '/' }
}

function bad(message: string): Fault {
  return new Fault('BAD_USER_INPUT', message)
}
