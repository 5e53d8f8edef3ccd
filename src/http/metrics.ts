import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Metrics } from '../metrics.ts'
import { answerJson } from './answer.ts'

const OPEN_METRICS = 'application/openmetrics-text'
const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i
/** What proxies add. Whoever comes through one on this machine is on loopback and may be anybody. */
const OF_PROXIES = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|x-original-.*|x-client-ip|true-client-ip|cf-.*)$/

/** Answers by what the gateway counted: Prometheus' text, or OpenMetrics for who asks for it. */
export async function answerMetrics(
  metrics: Metrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answerJson(response, 405, { error: 'method_not_allowed' }, { allow: 'GET, HEAD' })
  const { contentType, body } = await metrics.text(request.headers.accept?.includes(OPEN_METRICS) ?? false)
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    vary: 'accept',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/**
 * Whether a request comes from this machine itself: over loopback, by a name of loopback (no page whose name resolves to
 * us, no proxy that passes the name on), and by its headers through no proxy, whether TRUST_PROXY names that or not.
 */
export function isOfThisMachine({ socket, headers }: IncomingMessage): boolean {
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(headers.host ?? '') &&
    !Object.keys(headers).some((name) => OF_PROXIES.test(name))
  )
}

/** The server of METRICS_PORT: `/metrics` for whoever reaches it, and nothing else. */
export function createMetricsServer(metrics: Metrics): Server {
  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') return answerJson(response, 404, { error: 'not_found' })
    answerMetrics(metrics, request, response).catch(() => response.destroy())
  })
}
