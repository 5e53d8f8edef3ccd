/** What a request is for, as it was sent: the path is not resolved, because what serves it may read it in another way. */
export type RequestTarget = {
  /** In lower case, with its port where that is not the scheme's own. */
  host: string
  /** From its first `/` on, without the query. */
  path: string
}

const DEFAULT_PORT: Record<string, string> = { http: ':80', https: ':443' }

/** RFC 9110 §9.1: a token; no method that is used has more than 32 characters. */
export function isMethod(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/.test(text)
}

/**
 * By hand: URL would resolve dot segments, and so tell of another request than the one that was sent.
 * @param url `https://host/path?query`. There is no fragment in a request: a `#` before the query counts to the path
 * @returns null for what is no such address
 */
export function readTarget(url: string): RequestTarget | null {
  const [, scheme = '', authority = '', path = ''] = /^(https?):\/\/([^/?#\\]+)([^?]*)/i.exec(url) ?? []
  if (authority === '' || authority.includes('@') || !URL.canParse(`${scheme}://${authority}`)) return null
  const port = DEFAULT_PORT[scheme.toLowerCase()] ?? ''
  const host = authority.toLowerCase()
  return { host: host.endsWith(port) ? host.slice(0, -port.length) : host, path: path || '/' }
}
