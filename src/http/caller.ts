import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { findSession, isSessionToken, type SessionLimits } from '../accounts/index.ts'
import { type Caller, type Origin, type Permission, permissions } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { type ActiveToken, type Issuer, isActive } from '../tokens/index.ts'
import { addressOf } from './client-address.ts'

/** Who asks: nobody, a session's person, or an app with its access token. */
export type Credential = { caller: Caller | null; sessionId: string | null }
export const NOBODY: Credential = { caller: null, sessionId: null }

/** A bearer that does not hold: HTTP 401. */
export class BearerInvalid extends Error {
  override readonly name = 'BearerInvalid'
}

/** Where a request came from. Its id is ours: a stranger's would be a stranger's text in the history. */
export function originOf(request: IncomingMessage): Origin {
  return {
    source: 'API',
    ip: addressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: randomUUIDv7(),
  }
}

/**
 * @param authorization the header's value, or a WebSocket's connectionParams'; null for none
 * @throws BearerInvalid for one that is expired, revoked, malformed, or of another scheme
 */
export async function resolveCaller(
  db: Database,
  issuer: Issuer,
  limits: SessionLimits,
  authorization: string | null,
  origin: Origin,
): Promise<Credential> {
  if (authorization === null) return NOBODY
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1]
  if (!token) throw new BearerInvalid('The Authorization header holds no bearer token.')
  if (isSessionToken(token)) {
    const session = await findSession(db, token, origin, limits)
    if (!session) throw new BearerInvalid('The session is over, or never was.')
    return { caller: session.caller, sessionId: session.id }
  }
  const active = await isActive(db, issuer, token)
  if (!active || active.audience !== issuer.url) throw new BearerInvalid('The access token does not hold here.')
  return { caller: appCaller(active, origin), sessionId: null }
}

/** An app may do what its own scopes of Chatelaine say: `/chatelaine/` and the permission's name. */
function appCaller(token: ActiveToken, origin: Origin): Caller {
  return {
    accountId: token.accountId,
    actor: { type: 'APP', id: token.appId, name: token.appName },
    role: null,
    permissions: new Set(permissions.filter((name: Permission) => token.scopes.includes(`/chatelaine/${name}`))),
    scopes: token.scopes,
    origin,
  }
}
