import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerJson } from './answer.ts'

/** For anybody, pages of any origin included: it holds nothing that depends on who asks. */
const PUBLIC = {
  'cache-control': 'public, max-age=300',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag',
}
/** What a browser asks before a page's own If-None-Match (Fetch §4.8). */
const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'if-none-match',
  'access-control-max-age': '86400',
}

/**
 * Sends a JSON document that anybody may read and caches may keep for five minutes. GET and HEAD, and a browser's OPTIONS; who shows the entity
 * tag of what it has is told that it still holds (RFC 9110 §13.1.2).
 */
export function answerPublicDocument(request: IncomingMessage, response: ServerResponse, document: object): void {
  const etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url')}"`
  if (request.method === 'OPTIONS') response.writeHead(204, PREFLIGHT).end()
  else if (request.method !== 'GET' && request.method !== 'HEAD')
    answerJson(response, 405, { error: 'method_not_allowed' }, { allow: 'GET, HEAD, OPTIONS' })
  else if (isKnown(request.headers['if-none-match'], etag)) response.writeHead(304, { ...PUBLIC, etag }).end()
  else answerJson(response, 200, document, { ...PUBLIC, etag })
}

/** Weak comparison (RFC 9110 §8.8.3.2): a proxy that compresses makes tags weak. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || known.includes('*')
}
