import type { IncomingMessage } from 'node:http'
import { isMethod, type RequestTarget, readTarget } from '../scopes/index.ts'

/** A client's request, as a proxy tells of it. */
export type ForwardedRequest = { method: string; target: RequestTarget; authorization: string | null }

/** As Caddy and Traefik send it, and as Envoy and HAProxy can be told to. */
const FORWARDED = ['x-forwarded-method', 'x-forwarded-uri']
/** As ingress-nginx sends it, and nginx can be told to. */
const ORIGINAL = ['x-original-method', 'x-original-url']
/** By these, which come from clients, some frameworks behind the proxy take the method or path from elsewhere. */
const OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override', 'x-rewrite-url']
/** Spellings that CGI and WSGI servers take for the identity headers that we set: proxies set, and overwrite, those alone. */
const LOOKALIKES = /^x[-_](?:account[-_]id|client[-_]id|scopes)$/
const HAS_PATH = /^https?:\/\/[^/?#]+\//i
const NOT_READ = 'The proxy tells of no request that can be read.'
const HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'x-forwarded-host',
  ...FORWARDED,
  ...ORIGINAL,
  ...OVERRIDES,
])

/**
 * Reads `X-Forwarded-Method`, `-Host` and `-Uri`, or `X-Original-Method` and `-URL` (an address with its scheme). What
 * can be read in two ways is refused. RFC 7239's `Forwarded`, other `X-Forwarded-…` and spellings with `_` count for nothing.
 *
 * @param request of a trusted proxy: of anybody else these headers are worth nothing
 * @returns why it cannot be judged, in words fit to show, where it cannot
 */
export function readForwarded({ rawHeaders }: IncomingMessage): ForwardedRequest | { problem: string } {
  const found = new Map<string, string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    if (HEADERS.has(name)) {
      if (found.has(name)) return { problem: `The header ${name} came twice.` }
      found.set(name, rawHeaders[at + 1] ?? '')
    } else if (name.includes('_') && LOOKALIKES.test(name))
      return { problem: `The header ${name} may be taken for one that Chatelaine sets.` }
  }
  const override = OVERRIDES.find((name) => found.has(name))
  if (override) return { problem: `The header ${override} may make another request of it.` }
  const told = tellingOf(found)
  if ('problem' in told) return told
  const target = readTarget(told.url)
  if (!isMethod(told.method) || !target || !HAS_PATH.test(told.url)) return { problem: NOT_READ }
  if (told.url.includes('#')) return { problem: 'The address holds a #.' }
  return { method: told.method, target, authorization: found.get('authorization') ?? null }
}

function tellingOf(found: ReadonlyMap<string, string>): { method: string; url: string } | { problem: string } {
  const isForwarded = FORWARDED.some((name) => found.has(name))
  const isOriginal = ORIGINAL.some((name) => found.has(name))
  if (isForwarded && isOriginal) return { problem: 'X-Forwarded-… and X-Original-… came both.' }
  if (isOriginal) return { method: found.get('x-original-method') ?? '', url: found.get('x-original-url') ?? '' }
  const host = found.get('x-forwarded-host') ?? ''
  const uri = found.get('x-forwarded-uri') ?? ''
  // Whatever a client has for a Host must not become a part of the path, nor make a query of it.
  if (/[/?#\\]/.test(host) || !uri.startsWith('/')) return { problem: NOT_READ }
  return { method: found.get('x-forwarded-method') ?? '', url: `https://${host}${uri}` }
}
