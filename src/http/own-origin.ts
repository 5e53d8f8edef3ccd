import type { IncomingMessage } from 'node:http'

/** Where pages may come from that call us, and which hosts are us. */
export type Origins = {
  hosts: ReadonlySet<string>
  /** Our own: their pages may use the cookie. */
  own: ReadonlySet<string>
  /** ALLOWED_ORIGINS: their pages may call /graphql with a bearer, never with the cookie. */
  allowed: ReadonlySet<string>
}

/**
 * PUBLIC_URL's; while that is the default, localhost, 127.0.0.1 and [::1] at the port too.
 * @param publicUrl null: the default
 */
export function originsOf(publicUrl: string | null, port: number, allowed: readonly string[]): Origins {
  const addresses = publicUrl
    ? [publicUrl]
    : ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`)
  const urls = addresses.map((address) => new URL(address))
  return {
    hosts: new Set(urls.map(({ host }) => host)),
    own: new Set(urls.map(({ origin }) => origin)),
    allowed: new Set(allowed),
  }
}

/** Whether the Host is ours: a page of another name that resolves to us must not reach us (DNS rebinding). */
export function isOwnHost({ hosts }: Origins, request: IncomingMessage): boolean {
  return hosts.has(request.headers.host?.toLowerCase() ?? '')
}

/** Who sent a request: a program, a page of ours, a page that may call with a bearer, or a stranger's page. */
export type Sender = 'program' | 'own-page' | 'allowed-page' | 'foreign-page'

/** A program sends neither header; a browser sends Sec-Fetch-Site always, and Origin where it matters. */
export function senderOf({ own, allowed }: Origins, request: IncomingMessage): Sender {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  // A browser calls a page of ours same-origin where it posts to us. WebSockets are GETs: of them Origin alone decides.
  const contradicted = request.method === 'POST' && (site === 'cross-site' || site === 'same-site')
  if (origin !== undefined && own.has(origin)) return contradicted ? 'foreign-page' : 'own-page'
  if (origin !== undefined) return allowed.has(origin) ? 'allowed-page' : 'foreign-page'
  if (site === undefined) return 'program'
  return site === 'same-origin' || site === 'none' ? 'own-page' : 'foreign-page'
}
