import { request } from 'node:http'
import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/** By node:http, because fetch lets nobody choose Host, Origin and Sec-Fetch-Site. */
function send(
  gateway: TestGateway,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { port } = new URL(gateway.url)
  const sent = request(
    { port, host: '127.0.0.1', method, path, headers: { host: `localhost:${port}`, ...headers } },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    },
  )
  sent.on('upgrade', (response, socket) => {
    socket.destroy()
    resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '' })
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

const json = { 'content-type': 'application/json' }
const viewer = JSON.stringify({ query: '{ viewer { role } }' })
const create = 'mutation { createApp(input: {name: "Sneaked in", scopes: []}) { errors { code } } }'
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
}

const forms: Record<string, string> = {
  'application/x-www-form-urlencoded': new URLSearchParams({ query: create }).toString(),
  'application/graphql': create,
  'text/plain': JSON.stringify({ query: create }),
  'multipart/form-data; boundary=x': `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: create })}\r\n--x--\r\n`,
}
for (const [mediaType, body] of Object.entries(forms))
  test(`a mutation as ${mediaType} is 415, and nothing runs`, async ({ gateway, token }) => {
    const headers = { 'content-type': mediaType, authorization: `Bearer ${token}` }
    expect(await send(gateway, 'POST', '/graphql', headers, body)).toMatchObject({ status: 415 })
    const { body: apps } = await gateway.graphql('{ apps { totalCount } }', {}, token)
    expect(apps).toEqual({ data: { apps: { totalCount: 0 } } })
  })

test('a mutation over GET is refused', async ({ gateway, token }) => {
  const path = `/graphql?query=${encodeURIComponent(create)}`
  const { status, text } = await send(gateway, 'GET', path, {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
  })
  expect([status, text]).toEqual([405, expect.stringContaining('errors')])
})

for (const origin of ['https://evil.example', 'null', 'http://localhost:1'])
  test(`a page of the origin ${origin} gets 403 on every transport, and no CORS headers`, async ({ gateway }) => {
    const path = `/graphql?query=${encodeURIComponent('subscription { auditEvents { cursor } }')}`
    for (const answer of [
      await send(gateway, 'POST', '/graphql', { ...json, origin }, viewer),
      await send(gateway, 'GET', path, { origin, accept: 'text/event-stream' }),
      await send(gateway, 'OPTIONS', '/graphql', { origin, 'access-control-request-method': 'POST' }),
      await send(gateway, 'GET', '/graphql', { ...upgrade, origin }),
    ]) {
      expect(answer.status).toBe(403)
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

test('a cross-site request without an Origin, as of an EventSource or an image, gets 403', async ({ gateway }) => {
  const path = `/graphql?query=${encodeURIComponent('subscription { auditEvents { cursor } }')}`
  for (const site of ['cross-site', 'same-site'])
    expect((await send(gateway, 'GET', path, { 'sec-fetch-site': site, accept: 'text/event-stream' })).status).toBe(403)
})

test('a WebSocket of our own page, or of a program, is let in', async ({ gateway }) => {
  const { port } = new URL(gateway.url)
  expect((await send(gateway, 'GET', '/graphql', { ...upgrade, origin: `http://localhost:${port}` })).status).toBe(101)
  expect((await send(gateway, 'GET', '/graphql', upgrade)).status).toBe(101)
  expect((await send(gateway, 'GET', '/elsewhere', upgrade)).status).toBe(404)
})

test('no answer of /graphql is kept by a cache', async ({ gateway, token }) => {
  const get = `/graphql?query=${encodeURIComponent('{ viewer { role } }')}`
  const bearer = { authorization: `Bearer ${token}` }
  for (const answer of [
    await send(gateway, 'GET', get, { ...bearer, accept: 'application/json' }),
    await send(gateway, 'POST', '/graphql', { ...json, ...bearer }, viewer),
    await send(gateway, 'POST', '/graphql', { ...json, authorization: 'Bearer chs_gone' }, viewer),
    await send(gateway, 'POST', '/graphql', { ...json, origin: 'https://evil.example' }, viewer),
    await send(gateway, 'GET', '/graphql', { accept: 'text/html' }),
  ])
    expect(answer.headers['cache-control']).toBe('no-store')
})

test('another Host is 421, but for the health checks', async ({ gateway }) => {
  const host = 'rebound.example'
  for (const path of ['/graphql', '/oauth/token', '/.well-known/jwks.json'])
    expect((await send(gateway, 'POST', path, { ...json, host }, viewer)).status).toBe(421)
  for (const path of ['/', '/apps', '/graphiql/x', '/assets/x.js'])
    expect((await send(gateway, 'GET', path, { accept: 'text/html', host })).status).toBe(421)
  for (const path of ['/healthz', '/readyz']) expect((await send(gateway, 'GET', path, { host })).status).toBe(200)
  expect((await send(gateway, 'GET', '/graphql', { ...upgrade, host })).status).toBe(421)
})

test('a compressed body is 415, an unknown path 404', async ({ gateway }) => {
  expect((await send(gateway, 'POST', '/graphql', { ...json, 'content-encoding': 'gzip' }, viewer)).status).toBe(415)
  expect(await send(gateway, 'GET', '/nowhere', {})).toMatchObject({ status: 404, text: '{"error":"not_found"}' })
})

test('a page of ALLOWED_ORIGINS calls with a bearer, and its cookie never counts', { timeout: 40_000 }, async () => {
  const origin = 'https://app.example.com'
  await using gateway = await startTestGateway({ env: { ALLOWED_ORIGINS: origin } })
  const token = await gateway.signIn()

  const preflight = await send(gateway, 'OPTIONS', '/graphql', { origin, 'access-control-request-method': 'POST' })
  expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': origin } })
  expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()

  const page = { ...json, origin, 'sec-fetch-site': 'cross-site' }
  const called = await send(gateway, 'POST', '/graphql', { ...page, authorization: `Bearer ${token}` }, viewer)
  expect(called).toMatchObject({
    status: 200,
    text: '{"data":{"viewer":{"role":"OWNER"}}}',
    headers: { 'access-control-allow-origin': origin },
  })
  expect(called.headers['access-control-allow-credentials']).toBeUndefined()

  const withCookie = await send(gateway, 'POST', '/graphql', { ...page, cookie: `chatelaine=${token}` }, viewer)
  expect(withCookie.text).toBe('{"data":{"viewer":null}}')
  const other = await send(
    gateway,
    'POST',
    '/graphql',
    { ...page, origin: 'https://app.example.com.evil.example' },
    viewer,
  )
  expect(other.status).toBe(403)
})
