import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import { expect, spawnGateway, startTestGateway, subscribe, type TestGateway, test } from '../support/index.ts'
import { basic, grant, newApp, post } from '../tokens/oauth.ts'

const ofPrometheus = 'text/plain; version=0.0.4; charset=utf-8'

/** As curl or Prometheus asks, but with any Host. */
async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; type: string; body: string }>()
  const asking = request(url, { headers, method }, (response) => {
    const type = response.headers['content-type'] ?? ''
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, type, body }), reject)
  })
  asking.on('error', reject).end()
  return promise
}

/** The value of one line, or 0 where it is not there yet. */
async function countOf(gateway: TestGateway, line: string): Promise<number> {
  const { body } = await ask(`${gateway.url}/metrics`)
  const found = body.split('\n').find((each) => each.startsWith(`${line} `))
  return Number(found?.slice(line.length) ?? 0)
}

test('requests, tokens, watchers and sealed events are counted', async ({ gateway, token }) => {
  const lines = [
    'chatelaine_http_requests_total{route="/oauth/token",status="200"}',
    'chatelaine_http_requests_total{route="/oauth/token",status="401"}',
    'chatelaine_http_requests_total{route="other",status="404"}',
    'chatelaine_http_request_duration_seconds_count{route="/oauth/token"}',
    'chatelaine_tokens_issued_total',
    'chatelaine_tokens_refused_total{error="invalid_client"}',
  ]
  const values = () => Promise.all(lines.map((line) => countOf(gateway, line)))
  const app = await newApp(gateway, token)
  const before = await values()
  await grant(gateway.url, app)
  const wrong = basic({ ...app, secret: 'wrong' })
  expect(await post(gateway.url, '/oauth/token', { grant_type: 'client_credentials' }, wrong)).toMatchObject({
    status: 401,
  })
  await fetch(`${gateway.url}/${app.clientId}`)
  await expect.poll(values).toEqual([1, 1, 1, 2, 1, 1].map((more, nth) => more + (before[nth] ?? 0)))

  expect(await countOf(gateway, 'chatelaine_feed_watchers')).toBe(0)
  const watching = subscribe(gateway.url, token, 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }')
  await watching.next()
  expect(await countOf(gateway, 'chatelaine_feed_watchers')).toBe(1)
  await watching.close()

  const exported = await fetch(`${gateway.url}/audit/export`, { headers: { authorization: `Bearer ${token}` } })
  const through = Number(/"through":(\d+)/.exec(await exported.text())?.[1])
  expect(await countOf(gateway, 'chatelaine_audit_events_total')).toBe(through)
  expect(await countOf(gateway, 'chatelaine_sealer_last_checkpoint_sequence')).toBe(through)
  expect(await countOf(gateway, 'chatelaine_sealer_last_checkpoint_timestamp_seconds')).toBeGreaterThan(1.7e9)
  await expect
    .poll(() => countOf(gateway, 'chatelaine_sealer_last_round_timestamp_seconds'), { timeout: 15_000 })
    .toBeGreaterThan(1.7e9)
  expect(await countOf(gateway, 'chatelaine_sealer_refused_accounts')).toBe(0)
})

test('no client id, no secret and no text of a caller is in them', async ({ gateway, token }) => {
  const app = await newApp(gateway, token)
  await grant(gateway.url, app)
  await fetch(`${gateway.url}/oauth/token?${app.clientId}`, { method: 'POST', body: app.secret })
  const { body } = await ask(`${gateway.url}/metrics`)
  for (const theirs of [app.clientId, app.id, app.secret, token, 'owner@example.com'])
    expect(body).not.toContain(theirs)
})

test('/metrics is Prometheus text, and OpenMetrics for who asks for it', async ({ gateway }) => {
  const url = `${gateway.url}/metrics`
  expect(await ask(url)).toMatchObject({ status: 200, type: ofPrometheus })
  const open = await ask(url, { accept: 'application/openmetrics-text; version=1.0.0,text/plain;q=0.5' })
  expect(open).toMatchObject({ status: 200, type: 'application/openmetrics-text; version=1.0.0; charset=utf-8' })
  expect(open.body).toMatch(/# EOF\n$/)
  expect(await ask(url, {}, 'POST')).toMatchObject({ status: 405 })
  expect(await ask(url, {}, 'HEAD')).toEqual({ status: 200, type: ofPrometheus, body: '' })
})

test('whoever comes through a proxy, or by another name, is refused, whether the proxy is trusted or not', async ({
  gateway,
}) => {
  await using trusting = await startTestGateway({ env: { TRUST_PROXY: '127.0.0.1' } })
  const refused = { status: 403, type: 'application/json; charset=utf-8', body: '{"error":"forbidden"}' }
  for (const { url } of [gateway, trusting]) {
    for (const [name, value] of [
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'localhost'],
      ['Forwarded', 'for=127.0.0.1'],
      ['Via', '1.1 proxy'],
      ['X-Real-IP', '127.0.0.1'],
      ['X-Original-URI', '/'],
      ['CF-Connecting-IP', '127.0.0.1'],
      ['Host', 'rebound.example.com'],
      ['Host', 'localhost.example.com'],
    ] as const)
      expect(await ask(`${url}/metrics`, { [name]: value }), name).toEqual(refused)
    for (const host of ['localhost', 'localhost:4000', '127.0.0.1:1', '[::1]'])
      expect(await ask(`${url}/metrics`, { host }), host).toMatchObject({ status: 200 })
  }
})

test('what comes over no loopback address is refused', async () => {
  await using gateway = await startTestGateway({ env: { HOST: '0.0.0.0' } })
  const { port } = new URL(gateway.url)
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)
  expect(await ask(`http://127.0.0.1:${port}/metrics`)).toMatchObject({ status: 200 })
  if (outer)
    expect(await ask(`http://${outer.address}:${port}/metrics`, { host: 'localhost' })).toMatchObject({ status: 403 })
})

test('METRICS_PORT takes them off PORT, and serves nothing else', async () => {
  await using gateway = await startTestGateway({ env: { METRICS_PORT: '0' } })
  expect(await ask(`${gateway.url}/metrics`)).toMatchObject({ status: 404 })
  const url = gateway.metricsUrl ?? ''
  const asked = await ask(url, { host: 'chatelaine.internal', 'x-forwarded-for': '198.51.100.1' })
  expect(asked).toMatchObject({ status: 200, type: ofPrometheus })
  expect(asked.body).toContain('chatelaine_http_requests_total{route="other",status="404"} 1')
  expect(await ask(url.replace('/metrics', '/healthz'))).toMatchObject({ status: 404 })
})

test.runIf(inject('engine') === 'pglite')('the process tells of itself', { timeout: 60_000 }, async () => {
  await using gateway = await spawnGateway()
  const { body } = await ask(`${gateway.url}/metrics`)
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'])
    expect(body, name).toMatch(new RegExp(`^${name} [\\d.]+$`, 'm'))
  expect(gateway.stderr()).toBe('')
})
