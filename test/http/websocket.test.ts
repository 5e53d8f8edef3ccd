import { once } from 'node:events'
import { WebSocket } from 'ws'
import { expect, startTestGateway, subscribe, type TestGateway, test } from '../support/index.ts'

const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor node { sequence } } }'

/** A bare socket: what a client of graphql-ws would never send. */
function open(gateway: TestGateway, protocols: string[] = ['graphql-transport-ws']) {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, protocols)
  const closed = once(socket, 'close').then(([code]) => code as number)
  const messages: { type: string; id?: string; payload?: { extensions?: { code: string } }[] }[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  socket.on('error', () => {})
  return { socket, closed, messages, opened: once(socket, 'open') }
}

const init = (token?: string) =>
  JSON.stringify({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : undefined })
const subscribing = (id: string, query: string) => JSON.stringify({ type: 'subscribe', id, payload: { query } })

/** What graphql-transport-ws asks, by what is sent and the code that closes. */
const wrong: Record<string, { messages: (string | Buffer)[]; code: number; protocols?: string[] }> = {
  'no sub-protocol is 4406': { messages: [], code: 4406, protocols: [] },
  'subscribing before the init is 4401': { messages: [subscribing('1', feed)], code: 4401 },
  'two inits are 4429': { messages: [init(), init()], code: 4429 },
  'a message that is no JSON is 4400': { messages: ['{bad'], code: 4400 },
  'an unknown type is 4400': { messages: [JSON.stringify({ type: 'hello' })], code: 4400 },
  'a binary message is 4400, also one that would be right as a text': { messages: [Buffer.from(init())], code: 4400 },
  'a bearer that does not hold is 4401': { messages: [init('chs_nothing')], code: 4401 },
  'a message over 64 KiB is 1009': { messages: [init(), subscribing('1', ' '.repeat(66_000))], code: 1009 },
}
for (const [title, { messages, code, protocols }] of Object.entries(wrong))
  test(title, async ({ gateway }) => {
    const { socket, opened, closed } = open(gateway, protocols)
    await opened
    for (const message of messages) socket.send(message)
    expect(await closed).toBe(code)
  })

test('the same id twice is 4409', async ({ gateway, token }) => {
  const { socket, opened, closed } = open(gateway)
  await opened
  socket.send(init(token))
  await once(socket, 'message')
  socket.send(subscribing('1', feed))
  socket.send(subscribing('1', feed))
  expect(await closed).toBe(4409)
})

test('a query or a mutation is refused with OPERATION_NOT_ALLOWED, and does not run', async ({ gateway, token }) => {
  for (const query of [
    '{ viewer { role } }',
    'mutation { createApp(input: {name: "A", scopes: []}) { errors { code } } }',
  ])
    await expect(subscribe(gateway.url, token, query).next()).rejects.toMatchObject([
      { extensions: { code: 'OPERATION_NOT_ALLOWED' } },
    ])
  const { body } = await gateway.graphql('{ apps { totalCount } }', {}, token)
  expect(body).toEqual({ data: { apps: { totalCount: 0 } } })
})

test('bad subscriptions are told why: syntax, unknown fields, cursors, rights, text', async ({ gateway, token }) => {
  const codes: [string, string | null, string][] = [
    ['subscription {', token, 'BAD_USER_INPUT'],
    ['subscription { nothing }', token, 'BAD_USER_INPUT'],
    [`subscription { auditEvents { ${'cursor '.repeat(2000)} } }`, token, 'COMPLEXITY_EXCEEDED'],
    ['subscription { auditEvents(after: "AQEB") { cursor } }', token, 'CURSOR_INVALID'],
    ['subscription { auditEvents(heartbeat: "PT1S") { cursor } }', token, 'BAD_USER_INPUT'],
    ['subscription { auditEvents(filter: {from: "2026-01-01T00:00:00Z"}) { cursor } }', token, 'BAD_USER_INPUT'],
    ['subscription { auditEvents(filter: {sourceIp: "\\u0000"}) { cursor } }', token, 'BAD_USER_INPUT'],
    [feed, null, 'UNAUTHENTICATED'],
  ]
  for (const [query, bearer, code] of codes) {
    const subscription = subscribe(gateway.url, bearer, query)
    const answer = await subscription.next().catch((errors: unknown) => ({ errors }))
    expect(answer, query).toMatchObject({ errors: [{ extensions: { code } }] })
    await subscription.close()
  }
})

test('a gateway that stops closes its sockets with 1012', { timeout: 40_000 }, async () => {
  await using gateway = await startTestGateway()
  const subscription = subscribe(gateway.url, await gateway.signIn(), feed)
  await subscription.next()
  await gateway.close()
  expect((await subscription.closed).code).toBe(1012)
})

test('a socket without an init is closed with 4408 after 10 seconds', { timeout: 60_000 }, async ({ gateway }) => {
  const { opened, closed } = open(gateway)
  await opened
  expect(await closed).toBe(4408)
})

test('what is sent right behind a refused init is not answered', async ({ gateway }) => {
  const { socket, opened, closed, messages } = open(gateway)
  await opened
  socket.send(init('chs_nothing'))
  socket.send(subscribing('1', feed))
  expect(await closed).toBe(4401)
  expect(messages).toEqual([])
})
