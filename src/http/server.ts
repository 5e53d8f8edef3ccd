import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Database } from '../database/index.ts'
import type { Instance } from '../graphql/context.ts'
import type { Issuer } from '../tokens/index.ts'
import { answerGraphQLError, answerJson } from './answer.ts'
import { BearerInvalid, originOf, resolveCaller } from './caller.ts'
import { refusalOf } from './gate.ts'
import { createGraphQL, handleGraphQL } from './graphql.ts'
import { answerHealth, answerReadiness } from './health.ts'
import { answerJwks, answerMetadata } from './metadata.ts'
import { handleOAuth } from './oauth-endpoint.ts'
import { isOwnHost, type OwnOrigins } from './own-origin.ts'
import { handleToken } from './token.ts'
import { serveWebSockets } from './websocket.ts'

export type HttpParts = { db: Database; instance: Instance; issuer: Issuer; own: OwnOrigins; log: Logger }

/** A server that does not serve yet: bind it first, because the issuer's address may depend on the port. */
export function createHttpServer(): Server {
  return createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 })
}

/**
 * Puts the doors into a listening server: /graphql, /oauth/…, /.well-known/…, health.
 * @returns `close` stops taking requests, finishes those under way, and ends sockets with 1012
 */
export function serve(server: Server, parts: HttpParts): { close(): Promise<void> } {
  const { db, instance, issuer, own, log } = parts
  const onInternal = (error: unknown, requestId: string | null) =>
    log.error({ err: error, requestId }, 'internal error')
  const gate = (request: IncomingMessage) => refusalOf(own, request)
  const resolve = (authorization: string | null, origin: ReturnType<typeof originOf>) =>
    resolveCaller(db, issuer, instance.limits, authorization, origin)
  const graphql = createGraphQL(db, instance, onInternal)
  const sockets = serveWebSockets(server, graphql, gate, resolve, onInternal)

  const answerGraphQL = async (request: IncomingMessage, response: ServerResponse) => {
    const refusal = gate(request)
    if (refusal) return answerGraphQLError(response, refusal.status, refusal.code, refusal.message, refusal.headers)
    const origin = originOf(request)
    const resumeAfter = [request.headers['last-event-id']].flat()[0] || null
    try {
      const credential = await resolve(request.headers.authorization ?? null, origin)
      return await handleGraphQL(graphql, request, response, { ...credential, origin, resumeAfter })
    } catch (error) {
      if (!(error instanceof BearerInvalid)) throw error
      const challenge = { 'www-authenticate': 'Bearer realm="chatelaine", error="invalid_token"' }
      return answerGraphQLError(response, 401, 'UNAUTHENTICATED', error.message, challenge)
    }
  }

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>> = {
    '/graphql': answerGraphQL,
    '/oauth/token': (request, response) =>
      handleOAuth(
        request,
        response,
        () => handleToken(db, instance.secretMac, issuer, request, response),
        (error) => onInternal(error, null),
      ),
    '/.well-known/oauth-authorization-server': (_request, response) => answerMetadata(issuer, response),
    '/.well-known/jwks.json': (_request, response) => answerJwks(issuer, response),
    '/healthz': (_request, response) => answerHealth(response),
    '/readyz': (_request, response) => answerReadiness(db, response),
  }
  const anyHost: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

  server.on('request', (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    const route = routes[path]
    if (!route) return answerJson(response, 404, { error: 'not_found' })
    if (!anyHost.has(path) && !isOwnHost(own, request))
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
      await sockets.close()
      server.closeIdleConnections()
      await closed
    },
  }
}
