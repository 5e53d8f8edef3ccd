import type { IncomingMessage, ServerResponse } from 'node:http'

const PREFLIGHT_SECONDS = 600

/** Lets a page of ALLOWED_ORIGINS read the answer. Without credentials: the browser sends no cookie, and none counts. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', request.headers.origin ?? 'null')
  response.setHeader('access-control-expose-headers', 'retry-after, www-authenticate')
  response.setHeader('vary', 'origin')
}

/** Answers the question that a browser asks before a page's request (Fetch §4.8). */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  allowOrigin(request, response)
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader('access-control-allow-headers', 'authorization, content-type, last-event-id, x-chatelaine-account')
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
  response.writeHead(204).end()
}
