import { type IncomingHttpHeaders, request } from 'node:http'
import { WebSocket } from 'ws'

/** What a page's script has of its browser. */
export type Window = { fetch: BrowserFetch; WebSocket: new (address: string, protocol: string) => WebSocket }
export type BrowserFetch = (
  address: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string; credentials?: 'include' | 'same-origin' },
) => Promise<{ status: number; headers: { get(name: string): string | null }; json(): Promise<unknown> }>

type Answer = { status: number; headers: IncomingHttpHeaders; text: string }

/** What needs no question first (Fetch §2.2.2); of content types three alone. */
const SAFE_HEADERS = ['accept', 'accept-language', 'content-language', 'content-type']
const SAFE_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/
const SAFE_METHODS = ['GET', 'HEAD', 'POST']
const READABLE_HEADERS = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
]

/**
 * A page as a browser has it, whose script can do no more than a browser lets it: it asks before requests that are not
 * simple, hides answers that no header opens (Fetch §4.8 to §4.10), and sends cookies by host, whatever the port, and by
 * SameSite=Lax (RFC 6265bis §5.6).
 */
export async function openPage(address: string): Promise<Window> {
  const page = new URL(address)
  const cookies = cookiesIn(await send('GET', page, { 'sec-fetch-site': 'none' }))
  const cookieFor = (target: URL): Record<string, string> =>
    target.hostname === page.hostname ? { cookie: cookies.join('; ') } : {}

  const fetch: BrowserFetch = async (to, { method = 'GET', headers = {}, body, credentials = 'same-origin' } = {}) => {
    const target = new URL(to)
    const site = siteOf(page, target)
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const from = { origin: page.origin, 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' }
    const withCookies = credentials === 'include' || site === 'same-origin'
    const opens = (answer: Answer) => site === 'same-origin' || isOpen(answer, page.origin, withCookies)
    const unsafe = Object.keys(own).filter((name) => !SAFE_HEADERS.includes(name) || !isSafe(name, own[name] ?? ''))
    if (site !== 'same-origin' && (unsafe.length > 0 || !SAFE_METHODS.includes(method))) {
      const question = {
        ...from,
        'access-control-request-method': method,
        'access-control-request-headers': unsafe.toSorted().join(','),
      }
      const answer = await send('OPTIONS', target, question)
      const methods = [
        ...listIn(answer, 'access-control-allow-methods'),
        ...SAFE_METHODS.map((one) => one.toLowerCase()),
      ]
      const allowed = listIn(answer, 'access-control-allow-headers')
      const isRight = methods.includes(method.toLowerCase()) && unsafe.every((name) => allowed.includes(name))
      if (answer.status < 200 || answer.status > 299 || !opens(answer) || !isRight)
        throw new TypeError('Failed to fetch')
    }
    const answer = await send(method, target, { ...own, ...from, ...(withCookies ? cookieFor(target) : {}) }, body)
    if (!opens(answer)) throw new TypeError('Failed to fetch')
    const readable = [...READABLE_HEADERS, ...listIn(answer, 'access-control-expose-headers')]
    const get = (name: string) => (readable.includes(name) ? ([answer.headers[name]].flat()[0] ?? null) : null)
    return { status: answer.status, headers: { get }, json: async () => JSON.parse(answer.text) }
  }

  class PageWebSocket extends WebSocket {
    constructor(to: string, protocol: string) {
      super(to, protocol, { origin: page.origin, headers: cookieFor(new URL(to)) })
    }
  }
  return { fetch, WebSocket: PageWebSocket }
}

function siteOf(page: URL, target: URL): 'same-origin' | 'same-site' | 'cross-site' {
  if (page.origin === target.origin) return 'same-origin'
  return page.hostname === target.hostname ? 'same-site' : 'cross-site'
}

function isSafe(name: string, value: string): boolean {
  return name !== 'content-type' || SAFE_TYPES.test(value)
}

function isOpen({ headers }: Answer, origin: string, withCookies: boolean): boolean {
  const allowed = headers['access-control-allow-origin']
  if (!withCookies) return allowed === '*' || allowed === origin
  return allowed === origin && headers['access-control-allow-credentials'] === 'true'
}

function listIn({ headers }: Answer, name: string): string[] {
  return String(headers[name] ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
}

function cookiesIn({ headers }: Answer): string[] {
  return (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0] ?? '')
}

function send(method: string, target: URL, headers: Record<string, string>, body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = request(target, { method, headers, agent: false }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
  sent.on('error', reject).end(body)
  return promise
}
