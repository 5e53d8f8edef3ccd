import { once } from 'node:events'
import type { Socket } from 'node:net'
import { pino } from 'pino'
import { createAttemptLimits, createFailedSignIns } from '../../src/accounts/index.ts'
import { authenticateClient, createApp } from '../../src/apps/index.ts'
import { createFeed } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, noSignals } from '../../src/database/index.ts'
import { createTrustedProxies } from '../../src/http/client-address.ts'
import { createGraphiQL } from '../../src/http/graphiql.ts'
import { createGraphQL } from '../../src/http/graphql.ts'
import { handleGraphQL } from '../../src/http/graphql-endpoint.ts'
import { type FeedLimits, watchConnections } from '../../src/http/live-connections.ts'
import { originsOf } from '../../src/http/own-origin.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { sessionCookieOf } from '../../src/http/session-cookie.ts'
import { watchForStalls } from '../../src/http/stalled-connections.ts'
import { serveWebSockets } from '../../src/http/websocket.ts'
import { createEndpointMatcher } from '../../src/scopes/index.ts'
import { type Issuer, signAccessToken } from '../../src/tokens/index.ts'
import { type Issued, issued, newSigningKeys, type TestInstance } from '../support/index.ts'

/** The parts of a gateway that hold on to connections, put together by hand so that they can be looked into. */
export async function startDoors(db: Database, given: TestInstance, limits: Partial<FeedLimits> = {}) {
  const log = pino({ level: 'silent' })
  const errors: unknown[] = []
  const server = createHttpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Number((server.address() as { port: number }).port)
  const url = `http://localhost:${port}`
  const issuer: Issuer = { url, resources: [url], keys: newSigningKeys().keys }
  const feed = createFeed(db, noSignals, (error) => errors.push(error))
  const sessions = { sessionIdle: 3600, sessionMax: 3600 }
  const feedLimits = { socketsPerAccount: 20_000, subscriptionsPerSocket: 20, slowWatcherBytes: 1_048_576, ...limits }
  const instance = {
    ...given,
    feed,
    endpoints: createEndpointMatcher(given.catalogue),
    failedSignIns: createFailedSignIns(db, log, feed.wake),
    attempts: createAttemptLimits(),
    publicUrl: url,
    mayCreateAccounts: true,
    limits: sessions,
  }
  const live = watchConnections(db, issuer, sessions, feedLimits, (error) => errors.push(error))
  const door = {
    db,
    instance,
    issuer,
    live,
    stalled: watchForStalls(),
    feedLimits,
    origins: originsOf(null, port, []),
    proxies: createTrustedProxies([], () => {}),
    cookie: sessionCookieOf(url),
    onInternal: (error: unknown) => void errors.push(error),
  }
  const graphql = createGraphQL(db, instance, door.onInternal)
  const sockets = serveWebSockets(server, door, graphql)
  const graphiql = createGraphiQL()
  server.on('request', (request, response) => void handleGraphQL(door, graphql, graphiql, request, response))
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  const close = async () => {
    live.close()
    door.stalled.close()
    await sockets.close()
    server.closeAllConnections()
    server.close()
    await instance.failedSignIns.close()
    feed.close()
  }
  return {
    url,
    port,
    issuer,
    feed,
    live,
    errors,
    connections: () => [...open],
    /** A token of a new app of the owner's that may read the history, and nothing else. */
    watcherToken: async (owner: Caller) =>
      tokenOf(
        db,
        given,
        issuer,
        issued(await createApp(db, owner, { name: 'Watcher', scopes: ['/chatelaine/audit/read'] }, given)),
      ),
    [Symbol.asyncDispose]: close,
  }
}

/** An access token of that app, for this server. */
async function tokenOf(db: Database, instance: TestInstance, issuer: Issuer, made: Issued): Promise<string> {
  const client = await authenticateClient(db, instance, made.app.clientId, made.clientSecret)
  if (!client) throw new Error('The client was not found.')
  return signAccessToken(issuer, client, issuer.url, client.scopes)
}
