import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { answerJson } from './answer.ts'

/** Where `npm ci` puts it. */
export const CONSOLE_FOLDER = fileURLToPath(new URL('../../dist/console', import.meta.url))

/**
 * Scripts, styles and fonts from here alone, nothing inline, no frame, no other origin: what a name or a description
 * brings along stays text.
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

const HOW_TO_BUILD = `The console is not built here. Build it with: npm run console
(npm ci does so too, unless it leaves out the development dependencies.)
Everything else runs: the GraphQL API is at /graphql.
`

/** What programs ask for: there a wrong path is an error, not a page. */
const FOR_PROGRAMS = /^\/(?:graphql|oauth|audit\/export|forward-auth|metrics|healthz|readyz|\.well-known)(?:\/|$)/

/**
 * The web console, at every path that no other door has. Its files carry their hash in their name and are kept for ever;
 * the one page is asked for anew each time, and answers each address of the console, so that it can be reloaded and sent on.
 * @param folder the built console; where it is missing, `/` says how to build it
 */
export function createConsole(folder = CONSOLE_FOLDER): (request: IncomingMessage, response: ServerResponse) => void {
  const files = existsSync(`${folder}/index.html`)
    ? sirv(folder, {
        etag: true,
        brotli: true,
        gzip: true,
        setHeaders: (response, path) => {
          for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
          const forEver = path.startsWith('/assets/')
          response.setHeader('cache-control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
        },
      })
    : null
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (request.method !== 'GET' && request.method !== 'HEAD') return notFound(response)
    if (!files) {
      if (path !== '/') return notFound(response)
      return void response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(HOW_TO_BUILD)
    }
    delete request.headers.range // the whole file is always an answer (RFC 9110 §14.2), and sirv trips over a bad range
    files(request, response, () => {
      const isPage = request.headers.accept?.includes('text/html') && !path.includes('.') && !FOR_PROGRAMS.test(path)
      if (!isPage) return notFound(response)
      request.url = '/'
      files(request, response, () => notFound(response))
    })
  }
}

function notFound(response: ServerResponse): void {
  answerJson(response, 404, { error: 'not_found' })
}
