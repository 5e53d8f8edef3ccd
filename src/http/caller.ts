import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { findSession, isSessionToken, type SessionLimits } from '../accounts/index.ts'
import { type Caller, type Origin, permissions } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { localId } from '../graphql/node-id.ts'
import { isHeld } from '../scopes/index.ts'
import { type ActiveToken, type Issuer, isActive } from '../tokens/index.ts'
import { bearerTokenOf } from './bearer.ts'
import type { Sender } from './own-origin.ts'

/** Who asks: nobody, a session's person, or an app with its access token. */
export type Credential = {
  caller: Caller | null
  /** Of a person; null for an app and for nobody. */
  sessionId: string | null
  /** Of an app; null for a person and for nobody. */
  accessToken: string | null
}
export const NOBODY: Credential = { caller: null, sessionId: null, accessToken: null }

/** What a request brought to show who it is. */
export type Shown = {
  /** The Authorization header, or a WebSocket's connectionParams' `authorization`. */
  authorization: string | null
  cookie: string | null
  sender: Sender
  /** The account that the request means to act in (`X-Chatelaine-Account`): a global id. */
  account: string | null
}

/** A credential that is refused, with the HTTP status for it. */
export class CredentialRefused extends Error {
  override readonly name = 'CredentialRefused'
  readonly status: 400 | 401 | 409
  readonly code: 'UNAUTHENTICATED' | 'BAD_USER_INPUT' | 'ACCOUNT_CHANGED'

  constructor(status: 400 | 401 | 409, code: CredentialRefused['code'], message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Where a request came from. Its id is ours: a stranger's would be a stranger's text in the history. */
export function originOf(request: IncomingMessage, ip: string | null): Origin {
  return { source: 'API', ip, userAgent: request.headers['user-agent'] ?? null, requestId: randomUUIDv7() }
}

/**
 * @returns who asks, and whether the cookie that came along holds for nobody and should be cleared
 * @throws CredentialRefused: 401 for a bearer that does not hold; 400 for a cookie and a bearer of different callers;
 *   409 ACCOUNT_CHANGED where the session works in another account than the request names
 */
export async function resolveCredential(
  db: Database,
  issuer: Issuer,
  limits: SessionLimits,
  shown: Shown,
  origin: Origin,
): Promise<{ credential: Credential; cookieIsDead: boolean }> {
  // A cookie is sent by the browser whoever wrote the page: it counts from our own pages alone. Beside a bearer it is
  // looked at all the same: who sends both, of different callers, may mean either.
  const counts = shown.sender === 'own-page'
  const cookie = counts || shown.authorization !== null ? shown.cookie : null
  const byCookie = cookie === null ? NOBODY : await findBySession(db, cookie, { ...origin, source: 'CONSOLE' }, limits)
  const byBearer =
    shown.authorization === null ? null : await findByBearer(db, issuer, limits, shown.authorization, origin)
  if (byBearer?.caller && byCookie.caller && !areSame(byBearer.caller, byCookie.caller))
    throw new CredentialRefused(400, 'BAD_USER_INPUT', 'The cookie and the bearer are of different callers: send one.')
  const credential = byBearer ?? byCookie
  if (shown.account !== null && credential.caller && credential.caller.accountId !== localId('Account', shown.account))
    throw new CredentialRefused(409, 'ACCOUNT_CHANGED', 'This session works in another account by now.')
  return { credential, cookieIsDead: counts && cookie !== null && byCookie.caller === null }
}

/** An app may do what its own scopes of Chatelaine say: `/chatelaine/` and the permission's name. */
export function appCaller(token: ActiveToken, origin: Origin): Caller {
  return {
    accountId: token.accountId,
    actor: { type: 'APP', id: token.appId, name: token.appName },
    role: null,
    permissions: new Set(permissions.filter((name) => isHeld(token.scopes, `/chatelaine/${name}`))),
    scopes: token.scopes,
    credential: { type: token.credential.type, id: token.credential.id },
    origin,
  }
}

async function findBySession(db: Database, token: string, origin: Origin, limits: SessionLimits): Promise<Credential> {
  const session = isSessionToken(token) ? await findSession(db, token, origin, limits) : null
  return session ? { caller: session.caller, sessionId: session.id, accessToken: null } : NOBODY
}

async function findByBearer(
  db: Database,
  issuer: Issuer,
  limits: SessionLimits,
  authorization: string,
  origin: Origin,
): Promise<Credential> {
  const token = bearerTokenOf(authorization)
  if (!token) throw invalid('The Authorization header holds no bearer token.')
  if (isSessionToken(token)) {
    const bySession = await findBySession(db, token, origin, limits)
    if (!bySession.caller) throw invalid('The session is over, or never was.')
    return bySession
  }
  const { active } = await isActive(db, issuer, token)
  if (!active || active.audience !== issuer.url) throw invalid('The access token does not hold here.')
  return { caller: appCaller(active, origin), sessionId: null, accessToken: token }
}

function invalid(message: string): CredentialRefused {
  return new CredentialRefused(401, 'UNAUTHENTICATED', message)
}

function areSame(one: Caller, other: Caller): boolean {
  return one.accountId === other.accountId && one.actor.type === other.actor.type && one.actor.id === other.actor.id
}
