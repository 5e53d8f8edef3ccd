import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { inject } from 'vitest'
import { systemCaller } from '../../src/caller.ts'
import { accounts, connectPostgres, inSystem } from '../../src/database/index.ts'
import { writeEvents } from '../audit/write-events.ts'
import { expect, startTestGateway, subscribe, subscribeSse, test } from '../support/index.ts'

const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

test('a gateway that stops ends event streams without `complete`, so that they come back elsewhere', {
  timeout: 40_000,
}, async () => {
  await using gateway = await startTestGateway()
  const stream = await subscribeSse(gateway.url, await gateway.signIn(), feed)
  await stream.next()
  await gateway.close()
  await expect(stream.next()).rejects.toThrow('The event stream has ended.')
})

/** Only of a database that has room for two: what another writes reaches this gateway by a signal, or by its own look. */
test.runIf(inject('engine') === 'postgres')(
  'a gateway that stops tells what was committed before it ends its sockets and streams',
  { timeout: 40_000 },
  async () => {
    await using gateway = await startTestGateway()
    const token = await gateway.signIn()
    const query = 'subscription { auditEvents(heartbeat: "PT1H") { node { type } } }'
    type Message = { auditEvents: { node: { type: string } | null } }
    const socket = subscribe<Message>(gateway.url, token, query)
    const stream = await subscribeSse<{ data: Message }>(gateway.url, token, query)
    await Promise.all([socket.next(), stream.next()])

    const elsewhere = connectPostgres(gateway.env.DATABASE_URL ?? '', { max: 1 })
    const [account] = await inSystem(elsewhere.db, (tx) => tx.select().from(accounts))
    const writer = { ...systemCaller(account?.id ?? ''), actor: { type: 'SYSTEM', id: null, name: 'system' } as const }
    await writeEvents(elsewhere.db, writer, 3, { type: 'APP_UPDATED' }) // and signals nobody
    await Promise.all([gateway.close(), elsewhere.close()])
    const types = async (
      messages: AsyncIterable<{ data?: unknown }>,
      typeOf: (data: unknown) => string | undefined,
    ) => {
      const seen: (string | undefined)[] = []
      try {
        for await (const { data } of messages) seen.push(typeOf(data))
      } catch {} // the close
      return seen
    }
    const three = ['APP_UPDATED', 'APP_UPDATED', 'APP_UPDATED']
    expect(await types(socket, (data) => (data as Message).auditEvents.node?.type)).toEqual(three)
    expect((await socket.closed).code).toBe(1012)
    expect(await types(stream, (data) => (data as { data: Message }).data.auditEvents.node?.type)).toEqual(three)
  },
)

test('a gateway that stops answers what is under way, and takes nothing more', { timeout: 40_000 }, async () => {
  await using gateway = await startTestGateway()
  const token = await gateway.signIn()
  const agent = new Agent({ keepAlive: true })
  const underWay = request(`${gateway.url}/graphql`, {
    method: 'POST',
    agent, // which would keep its connection for a minute
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, expect: '100-continue' },
  })
  underWay.flushHeaders()
  await once(underWay, 'continue') // from here on the server has it

  const closed = gateway.close()
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow('fetch failed')
  underWay.end(
    JSON.stringify({ query: 'mutation { createApp(input: { name: "Last", scopes: [] }) { app { name } } }' }),
  )
  const [response] = (await once(underWay, 'response')) as [IncomingMessage]
  expect(await json(response)).toEqual({ data: { createApp: { app: { name: 'Last' } } } })
  await closed
  agent.destroy()
})

test('a client that never answers a close frame does not hold up the stop', { timeout: 40_000 }, async () => {
  await using gateway = await startTestGateway()
  const { host, port } = new URL(gateway.url)
  const deaf = connect(Number(port), '127.0.0.1')
  deaf.write(
    `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  const [answer] = await once(deaf, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /)
  deaf.pause()
  const before = performance.now()
  await gateway.close()
  expect(performance.now() - before).toBeLessThan(10_000)
  deaf.destroy()
})
