import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { UseLog } from '../apps/index.ts'
import type { PublishedAuditKeys, Sealer } from '../audit/index.ts'
import { type Database, isUnavailable } from '../database/index.ts'
import type { Instance } from '../graphql/context.ts'
import type { Metrics } from '../metrics.ts'
import type { GuardedPaths } from '../scopes/index.ts'
import type { FailedAuthentications, Issuer, RememberedTokens } from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { createAuditExport } from './audit-export.ts'
import { answerAuditKeys } from './audit-keys.ts'
import type { TrustedProxies } from './client-address.ts'
import { createConsole } from './console.ts'
import { createForwardAuth } from './forward-auth.ts'
import { createGraphiQL } from './graphiql.ts'
import { createGraphQL } from './graphql.ts'
import { handleGraphQL } from './graphql-endpoint.ts'
import { answerHealth, answerReadiness } from './health.ts'
import { handleIntrospection, INTROSPECTION_CHALLENGES } from './introspect.ts'
import { type FeedLimits, watchConnections } from './live-connections.ts'
import { answerJwks, answerMetadata, metadataPathsOf } from './metadata.ts'
import { answerMetrics, isOfThisMachine } from './metrics.ts'
import { handleOAuth, type OAuthDoor } from './oauth-endpoint.ts'
import { isOwnHost, type Origins } from './own-origin.ts'
import { handleRevocation } from './revoke.ts'
import { sessionCookieOf } from './session-cookie.ts'
import { watchForStalls } from './stalled-connections.ts'
import { handleToken } from './token.ts'
import { serveWebSockets } from './websocket.ts'

const IDLE_SWEEP_MS = 50

export type HttpParts = {
  db: Database
  auditKeys(): Promise<PublishedAuditKeys>
  sealer: Sealer
  instance: Instance
  issuer: Issuer
  origins: Origins
  proxies: TrustedProxies
  feedLimits: FeedLimits
  uses: UseLog
  failures: FailedAuthentications
  metrics: Metrics
  /** Whether /metrics is here, for this machine alone; false where it has a port of its own. */
  servesMetrics: boolean
  tokens: RememberedTokens
  /** Where /forward-auth lets requests pass that no endpoint matches; null where it does not. */
  guarded: GuardedPaths | null
  log: Logger
}

/** A server that does not serve yet: bind it first, because the issuer's address may depend on the port. */
export function createHttpServer(): Server {
  const server: Server = createServer({
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 65_000,
    // Elsewhere it is an ordinary request: a proxy that asks /forward-auth about a WebSocket passes the wish on.
    shouldUpgradeCallback: (request) => pathOf(request) === '/graphql' && server.listenerCount('upgrade') > 0,
  })
  return server
}

function pathOf({ url }: IncomingMessage): string {
  return url?.split('?', 1)[0] ?? '/'
}

/** Tells of a request once it is over, answered or not. */
function count(metrics: Metrics, route: string, response: ServerResponse): void {
  const begun = performance.now()
  response.once('close', () => {
    const isStream = route === '/audit/export' || response.getHeader('content-type') === 'text/event-stream'
    const seconds = isStream ? null : (performance.now() - begun) / 1000
    metrics.request(route, response.headersSent ? response.statusCode : 0, seconds)
  })
}

/**
 * Puts the doors into a listening server: /graphql, /oauth/…, /.well-known/…, /forward-auth, health, metrics.
 * @returns `close` stops taking requests, finishes those under way, and ends sockets with 1012 after their last event
 */
export function serve(server: Server, parts: HttpParts): { close(): Promise<void> } {
  const { db, auditKeys, sealer, instance, issuer, origins, proxies, feedLimits, uses, failures, metrics, log } = parts
  const { tokens, guarded } = parts
  const onInternal = (error: unknown, requestId: string | null) =>
    isUnavailable(error)
      ? log.warn({ err: error, requestId }, 'the database could not answer')
      : log.error({ err: error, requestId }, 'internal error')
  const live = watchConnections(db, issuer, instance.limits, feedLimits, (error) =>
    log.warn({ err: error }, 'open streams could not be checked; the next look is within a second'),
  )
  metrics.watch(live.count)
  const stalled = watchForStalls()
  const cookie = sessionCookieOf(issuer.url)
  const door = { db, instance, issuer, origins, proxies, live, stalled, feedLimits, cookie, onInternal }
  const oauth: OAuthDoor = {
    db,
    instance,
    issuer,
    sessions: instance.limits,
    proxies,
    failures,
    uses,
    wake: instance.feed.wake,
    onError: (error) => onInternal(error, null),
  }
  const forwardAuth = createForwardAuth({
    issuer,
    endpoints: instance.endpoints,
    tokens,
    proxies,
    guarded,
    warn: (sentence) => log.warn(sentence),
    onError: oauth.onError,
  })
  const graphql = createGraphQL(db, instance, onInternal)
  const sockets = serveWebSockets(server, door, graphql)
  const graphiql = createGraphiQL()
  const webConsole = createConsole()

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>> = {
    '/graphql': (request, response) => handleGraphQL(door, graphql, graphiql, request, response),
    '/oauth/token': async (request, response) => {
      const outcome = await handleOAuth(oauth, request, response, handleToken)
      if (outcome) metrics.token(outcome.refusal)
    },
    '/oauth/introspect': async (request, response) =>
      void (await handleOAuth(oauth, request, response, handleIntrospection, INTROSPECTION_CHALLENGES)),
    '/oauth/revoke': async (request, response) => void (await handleOAuth(oauth, request, response, handleRevocation)),
    '/.well-known/jwks.json': (request, response) => answerJwks(issuer, request, response),
    '/audit/export': createAuditExport({ ...door, sealer }),
    '/.well-known/audit-keys.json': (request, response) => answerAuditKeys(auditKeys, request, response),
    '/forward-auth': forwardAuth,
    '/healthz': (_request, response) => answerHealth(response),
    '/readyz': (_request, response) => answerReadiness(db, response),
  }
  for (const path of metadataPathsOf(issuer))
    routes[path] = (request, response) => answerMetadata(issuer, request, response)
  if (parts.servesMetrics)
    routes['/metrics'] = (request, response) =>
      isOfThisMachine(request)
        ? answerMetrics(metrics, request, response)
        : answerJson(response, 403, { error: 'forbidden' }, { 'cache-control': 'no-store' })
  const anyHost: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics', '/forward-auth'])

  server.on('request', (request, response) => {
    const path = pathOf(request)
    const route = routes[path] ?? (path.startsWith('/graphiql/') ? graphiql.answerFile : webConsole)
    count(metrics, path in routes ? path : 'other', response)
    if (!anyHost.has(path) && !isOwnHost(origins, request))
      return answerJson(response, 421, { error: 'misdirected_request' })
    void (async () => route(request, response))().catch((error) => {
      onInternal(error, null)
      if (response.headersSent) response.destroy()
      else answerJson(response, 500, { error: 'server_error' })
    })
  })

  return {
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()))
      await instance.feed.settle() // each stream ends after its last event
      live.close()
      stalled.close()
      // Connections become idle as their last answer goes out; a client that keeps them would hold up the stop.
      const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
      await sockets.close()
      await closed
      clearInterval(sweep)
    },
  }
}
