import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { answerJson } from './answer.ts'

const FOLDER = '/graphiql/'
const JAVASCRIPT = 'text/javascript; charset=utf-8'

/**
 * Scripts, workers and styles from here alone, no frame, no other origin. Monaco, the editor in it, makes style elements
 * as it runs and brings its icons as `data:`; of scripts nothing inline runs.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/**
 * Queries go with the session's cookie. What is typed, a password perhaps, is not put into the address and is forgotten
 * with the tab; headers, where a bearer may stand, are not kept at all.
 */
const START = `'use strict'
const here = document.currentScript.src
const workers = { json: 'json-worker.js', graphql: 'graphql-worker.js' }
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => new URL(workers[label] ?? 'editor-worker.js', here).href,
}
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: 'Chatelaine',
  endpoint: '/graphql',
  credentials: 'same-origin',
  subscriptionsProtocol: 'WS',
  shouldPersistHeaders: false,
  storage: sessionStorage,
  onEditQuery: () => {},
})
`

type File = { type: string; text: string }
type Site = { page: string; files: ReadonlyMap<string, File> }

/** Whether a browser opens /graphql as a page. */
export function asksForGraphiQL({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true
}

export type GraphiQL = {
  /** The page at /graphql. */
  answerPage(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** What it loads, below /graphiql/; their address changes with their content, so that they are kept for ever. */
  answerFile(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/**
 * GraphiQL (of GraphQL Yoga's package) under a strict policy: its page as Yoga makes it holds 9 MB of inline scripts, here
 * they are files. They are read at the first request and compressed once, so that a gateway that nobody explores has
 * neither in memory.
 */
export function createGraphiQL(): GraphiQL {
  let opening: Promise<Site> | null = null
  const site = () => {
    opening ??= openSite()
    return opening
  }
  const compressed = new Map<string, Promise<Buffer>>()
  const bodyOf = (name: string, text: string, encoding: Encoding) => {
    const key = `${name} ${encoding}`
    const body = compressed.get(key) ?? compress(text, encoding)
    compressed.set(key, body)
    return body
  }
  return {
    async answerPage(request, response) {
      const { page } = await site()
      response.writeHead(200, {
        ...HEADERS,
        'content-security-policy': PAGE_POLICY,
        'content-type': 'text/html; charset=utf-8',
        'content-length': Buffer.byteLength(page),
        'cache-control': 'no-store',
      })
      response.end(request.method === 'HEAD' ? undefined : page)
    },
    async answerFile(request, response) {
      const name = request.url?.split('?', 1)[0] ?? ''
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const file = isRead ? (await site()).files.get(name) : undefined
      if (!file) return answerJson(response, 404, { error: 'not_found' })
      const encoding = encodingFor(request)
      const body = await bodyOf(name, file.text, encoding)
      response.writeHead(200, {
        ...HEADERS,
        'content-security-policy': "default-src 'none'", // a worker stands under the policy that it comes with
        'content-type': file.type,
        'content-length': body.byteLength,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
        ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  }
}

async function openSite(): Promise<Site> {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql')
  const files: Record<string, File> = {
    'graphiql.css': { type: 'text/css; charset=utf-8', text: parts.css },
    'graphiql.js': { type: JAVASCRIPT, text: parts.js },
    'editor-worker.js': { type: JAVASCRIPT, text: parts.editorWorkerService },
    'json-worker.js': { type: JAVASCRIPT, text: parts.jsonWorker },
    'graphql-worker.js': { type: JAVASCRIPT, text: parts.graphqlWorker },
    'start.js': { type: JAVASCRIPT, text: START },
  }
  const hash = createHash('sha256')
  for (const { text } of Object.values(files)) hash.update(text)
  const folder = `${FOLDER}${hash.digest('hex').slice(0, 16)}/`
  return { page: pageOf(folder), files: new Map(Object.entries(files).map(([name, file]) => [folder + name, file])) }
}

function pageOf(folder: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>API explorer · Chatelaine</title>
    <link rel="icon" href="/mark.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${folder}graphiql.css" />
    <script defer src="${folder}graphiql.js"></script>
    <script defer src="${folder}start.js"></script>
  </head>
  <body class="no-focus-outline">
    <noscript>The API explorer needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`
}

type Encoding = 'br' | 'gzip' | 'identity'

function encodingFor({ headers }: IncomingMessage): Encoding {
  const accepted = [headers['accept-encoding']].flat().join(',')
  const takes = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted)
  if (takes('br')) return 'br'
  return takes('gzip') ? 'gzip' : 'identity'
}

/** Quality 5: 5 MB in a fraction of a second, and within a tenth of what 9 makes of them. */
function compress(text: string, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br') return promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
  return encoding === 'gzip' ? promisify(gzip)(text) : Promise.resolve(Buffer.from(text))
}
