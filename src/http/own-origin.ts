import type { IncomingMessage } from 'node:http'

/** The origins that are this server's own, and the hosts that it answers to. */
export type OwnOrigins = { hosts: ReadonlySet<string>; origins: ReadonlySet<string> }

/**
 * PUBLIC_URL's; while that is the default, localhost, 127.0.0.1 and [::1] at the port too.
 * @param publicUrl null: the default
 */
export function ownOriginsOf(publicUrl: string | null, port: number): OwnOrigins {
  const addresses = publicUrl
    ? [publicUrl]
    : ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`)
  const urls = addresses.map((address) => new URL(address))
  return { hosts: new Set(urls.map(({ host }) => host)), origins: new Set(urls.map(({ origin }) => origin)) }
}

/** Whether the Host is ours: a page of another name that resolves to us must not reach us (DNS rebinding). */
export function isOwnHost(own: OwnOrigins, request: IncomingMessage): boolean {
  return own.hosts.has(request.headers.host?.toLowerCase() ?? '')
}

/**
 * Whether a browser's page of another origin sent it. A program sends neither header; a browser sends Sec-Fetch-Site
 * always, Origin where it matters.
 */
export function isForeignPage(own: OwnOrigins, request: IncomingMessage): boolean {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined) return !own.origins.has(origin)
  return site === 'cross-site' || site === 'same-site'
}
