import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type EndpointMatcher,
  type GuardedPaths,
  isCanonicalPath,
  isHeld,
  type RequestTarget,
} from '../scopes/index.ts'
import type { ActiveToken, Issuer, RememberedTokens } from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { BEARER_CHALLENGE, bearerChallenge, bearerTokenOf } from './bearer.ts'
import { oncePerDay, peerOf, type TrustedProxies } from './client-address.ts'
import { readForwarded } from './forwarded-request.ts'

export type ForwardAuthDoor = {
  issuer: Issuer
  endpoints: EndpointMatcher
  tokens: RememberedTokens
  proxies: TrustedProxies
  /** Where requests pass that no endpoint matches (FORWARD_AUTH_UNMATCHED=allow); null: they are refused. */
  guarded: GuardedPaths | null
  /** Writes a sentence for the operator into the log. */
  warn(sentence: string): void
  /** Told of what is no refusal; the proxy is told 503. */
  onError(error: unknown): void
}

type Refusal = {
  status: 401 | 403
  /** Null: there was no credential at all. */
  error: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | null
  description: string
  /** Any one of these would do. */
  missing?: readonly string[]
}

const NO_STORE = { 'cache-control': 'no-store' }
const STRANGER =
  'A request for /forward-auth came from an address that is not in TRUST_PROXY, and was refused, as all such are. If a ' +
  'proxy of yours sent it, add its address to TRUST_PROXY: '

/**
 * `/forward-auth`: may this token do METHOD on this URL? For nginx's auth_request, Caddy's forward_auth, Traefik's
 * ForwardAuth, Envoy's ext_authz (docs/forward-auth.md). By any method, whatever the Host: proxies send what they like.
 * `?resource=` is the audience that tokens must have here.
 *
 * 200 lets the request pass; all else is 401 or 403 with WWW-Authenticate (RFC 6750 §3), or 503 where it cannot be known.
 */
export function createForwardAuth(door: ForwardAuthDoor) {
  const warn = oncePerDay(door.warn)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const peer = peerOf(request)
      if (peer === null || !door.proxies.trusts(peer)) {
        warn(`${STRANGER}${peer}.`)
        return refuse(response, no(403, 'invalid_request', 'The peer is no proxy that is trusted (TRUST_PROXY).'))
      }
      const decision = await decide(door, request)
      if ('status' in decision) refuse(response, decision)
      else response.writeHead(200, { ...NO_STORE, ...identityOf(decision), 'content-length': 0 }).end()
    } catch (error) {
      door.onError(error)
      const body = { error: 'temporarily_unavailable', error_description: 'This cannot be known at this moment.' }
      answerJson(response, 503, body, { ...NO_STORE, 'retry-after': 1 })
    }
  }
}

/** @returns whose token it is that may do it, or why not */
async function decide(door: ForwardAuthDoor, request: IncomingMessage): Promise<ActiveToken | Refusal> {
  const asked = readForwarded(request)
  if ('problem' in asked) return no(403, 'invalid_request', asked.problem)
  const resource = resourceOf(door.issuer, request.url ?? '')
  if (resource === null) return no(403, 'invalid_request', 'The query is no single resource of RESOURCES.')

  const { method, target, authorization } = asked
  if (authorization === null) return no(401, null, 'There is no bearer token.')
  const token = bearerTokenOf(authorization)
  if (token === null) return no(401, 'invalid_token', 'The Authorization header holds no bearer token.')
  const active = await door.tokens.check(token)
  if (!active) return no(401, 'invalid_token', 'The access token does not hold.')
  if (active.audience !== resource) return no(403, 'invalid_token', 'The access token is for another resource.')

  const match = door.endpoints.find(method, target.host, target.path)
  if (!match) return whyUnmatched(door, target) ?? active
  if (match.scopes.some((scope) => isHeld(active.scopes, scope))) return active
  return { ...no(403, 'insufficient_scope', 'The access token lacks the scope.'), missing: match.scopes }
}

function whyUnmatched({ guarded }: ForwardAuthDoor, { host, path }: RequestTarget): Refusal | null {
  if (!isCanonicalPath(path)) return no(403, 'invalid_request', 'The path can be read in more than one way.')
  if (guarded && !guarded.has(host, path)) return null
  return no(403, 'insufficient_scope', 'No endpoint of the catalogue matches, so no scope opens it.')
}

/** @returns null for a resource that is none of ours, or a query that says anything else */
function resourceOf({ resources }: Issuer, url: string): string | null {
  const at = url.indexOf('?')
  if (at < 0) return resources[0] ?? null
  const [[name, value = ''] = [], ...others] = new URLSearchParams(url.slice(at + 1))
  return name === 'resource' && others.length === 0 && resources.includes(value) ? value : null
}

/** All three, always: where one were left out, some proxies would let the client's own stand. */
function identityOf({ accountId, clientId, scopes }: ActiveToken): Record<string, string> {
  return { 'x-account-id': accountId, 'x-client-id': clientId, 'x-scopes': scopes.join(' ') }
}

function no(status: Refusal['status'], error: Refusal['error'], description: string): Refusal {
  return { status, error, description }
}

function refuse(response: ServerResponse, { status, error, description, missing }: Refusal): void {
  const challenge = error === null ? BEARER_CHALLENGE : bearerChallenge(error, missing?.[0])
  const body = { error: error ?? 'invalid_token', error_description: description, missing_scopes: missing }
  answerJson(response, status, body, { ...NO_STORE, 'www-authenticate': challenge })
}
