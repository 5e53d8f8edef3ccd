import { once } from 'node:events'
import { connect } from 'node:net'
import { pino } from 'pino'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { createAttemptLimits, createFailedSignIns } from '../../src/accounts/index.ts'
import { authenticateClient, createApp } from '../../src/apps/index.ts'
import { createFeed } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, noSignals } from '../../src/database/index.ts'
import { createTrustedProxies } from '../../src/http/client-address.ts'
import { createGraphQL } from '../../src/http/graphql.ts'
import { handleGraphQL } from '../../src/http/graphql-endpoint.ts'
import { watchConnections } from '../../src/http/live-connections.ts'
import { originsOf } from '../../src/http/own-origin.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { sessionCookieOf } from '../../src/http/session-cookie.ts'
import { serveWebSockets } from '../../src/http/websocket.ts'
import { type Issuer, signAccessToken } from '../../src/tokens/index.ts'
import { expect, type Issued, issued, newSigningKeys, type TestInstance, test } from '../support/index.ts'

const query = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

/** The parts of a gateway that hold on to connections, put together by hand so that they can be looked into. */
async function startDoors(db: Database, given: TestInstance) {
  const log = pino({ level: 'silent' })
  const errors: unknown[] = []
  const server = createHttpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Number((server.address() as { port: number }).port)
  const url = `http://localhost:${port}`
  const issuer: Issuer = { url, resources: [url], keys: newSigningKeys().keys }
  const feed = createFeed(db, noSignals, (error) => errors.push(error))
  const limits = { sessionIdle: 3600, sessionMax: 3600 }
  const instance = {
    ...given,
    feed,
    failedSignIns: createFailedSignIns(db, log, feed.wake),
    attempts: createAttemptLimits(),
    publicUrl: url,
    mayCreateAccounts: true,
    limits,
  }
  const live = watchConnections(db, issuer, limits, (error) => errors.push(error))
  const door = {
    db,
    instance,
    issuer,
    live,
    origins: originsOf(null, port, []),
    proxies: createTrustedProxies([], () => {}),
    cookie: sessionCookieOf(url),
    onInternal: (error: unknown) => void errors.push(error),
  }
  const graphql = createGraphQL(db, instance, door.onInternal)
  const sockets = serveWebSockets(server, door, graphql)
  server.on('request', (request, response) => void handleGraphQL(door, graphql, request, response))
  const close = async () => {
    live.close()
    await sockets.close()
    server.closeAllConnections()
    server.close()
    await instance.failedSignIns.close()
    feed.close()
  }
  return { url, port, issuer, feed, live, errors, [Symbol.asyncDispose]: close }
}

async function tokenOf(db: Database, instance: TestInstance, issuer: Issuer, made: Issued): Promise<string> {
  const client = await authenticateClient(db, instance, made.app.clientId, made.clientSecret)
  if (!client) throw new Error('The client was not found.')
  return signAccessToken(issuer, client, issuer.url, client.scopes)
}

async function watcher(db: Database, owner: Caller, instance: TestInstance): Promise<Issued> {
  return issued(await createApp(db, owner, { name: 'Watcher', scopes: ['/chatelaine/audit/read'] }, instance))
}

/** How far a client comes before it is gone. */
const steps = ['connected', 'init sent', 'acknowledged', 'subscribed', 'greeted'] as const

async function dropSocket(url: string, token: string, step: (typeof steps)[number]): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const closed = once(socket, 'close')
  await once(socket, 'open')
  const reached = steps.indexOf(step)
  if (reached >= 1)
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  if (reached >= 2) await once(socket, 'message')
  if (reached >= 3) socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  if (reached >= 4) await once(socket, 'message')
  socket.terminate()
  await closed
}

/** @param wait for the first bytes of the answer before it is cut */
async function dropStream(port: number, token: string, wait: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const path = `/graphql?${new URLSearchParams({ query })}`
  const closed = once(socket, 'close')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  if (wait) await once(socket, 'data')
  socket.destroy()
  await closed
}

test('1,000 clients that come and drop at any moment leave nothing behind', { timeout: 60_000 }, async ({
  db,
  owner,
  instance,
}) => {
  await using doors = await startDoors(db, instance)
  const token = await tokenOf(db, instance, doors.issuer, await watcher(db, owner, instance))
  for (let round = 0; round < 50; round += 1) {
    const sockets = Array.from({ length: 14 }, (_, index) =>
      dropSocket(doors.url, token, steps[index % steps.length] ?? 'greeted'),
    )
    const streams = Array.from({ length: 6 }, (_, index) => dropStream(doors.port, token, index % 2 === 0))
    await Promise.all([...sockets, ...streams])
  }
  await vi.waitFor(() => expect([doors.feed.followers(owner.accountId), doors.live.count()]).toEqual([0, 0]), {
    timeout: 5000,
    interval: 20,
  })
  expect(doors.errors).toEqual([])

  // One that stays is counted, so the zeros above say something.
  const socket = new WebSocket(`${doors.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  await once(socket, 'message')
  expect([doors.feed.followers(owner.accountId), doors.live.count()]).toEqual([1, 1])
  socket.terminate()
})
