import { expect, startTestGateway } from '../support/index.ts'
import { grantBy, newKeyedApp, sign } from './assertions.ts'
import { basic, bearer, grant, introspect, newApp, type OAuthApp, post, test } from './oauth.ts'

const from = (address: string) => ({ 'x-forwarded-for': address })
const grantType = { grant_type: 'client_credentials' }
/** Of the right form, and of nobody. */
const unknown = ({ secret }: OAuthApp): OAuthApp => ({ id: '', clientId: 'ch_00000000000000000000000000', secret })
const wrongly = (app: OAuthApp) => ({ ...app, secret: app.secret.replace(/^(chtl_[^_]+_).{4}/, '$1AAAA') })
const ask = (url: string, app: OAuthApp, address: string) =>
  post(url, '/oauth/token', grantType, { ...basic(app), ...from(address) })

/** How often in so many requests each status is answered. */
async function statusesOf(times: number, request: () => Promise<{ status: number }>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (let time = 0; time < times; time += 1) {
    const { status } = await request()
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

test('RFC 6585 §4: the 21st failure of a client from one address is 429 with Retry-After; the right secret passes still', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const address = '203.0.113.21'
  expect(await statusesOf(20, () => ask(gateway.url, wrongly(app), address))).toEqual({ 401: 20 })
  const limited = await ask(gateway.url, wrongly(app), address)
  expect(limited).toEqual({
    status: 429,
    headers: {
      'cache-control': 'no-store',
      pragma: 'no-cache',
      connection: 'keep-alive',
      'keep-alive': 'timeout=65',
      'content-type': 'application/json; charset=utf-8',
      'content-length': expect.any(String),
      'retry-after': expect.stringMatching(/^(8[89]\d|900)$/),
    },
    body: {
      error: 'invalid_client',
      error_description: expect.stringMatching(
        /^The client could not be authenticated\. There were too many failed attempts: try again in \d+ seconds\.$/,
      ),
    },
  })
  expect((await ask(gateway.url, app, address)).status).toBe(200)
  expect((await ask(gateway.url, wrongly(app), address)).status).toBe(429)
})

test('nobody locks a client out, nor another of the same address: failures count for the two together', async ({
  gateway,
  token: session,
}) => {
  const [app, other] = [await newApp(gateway, session), await newApp(gateway, session)]
  await statusesOf(21, () => ask(gateway.url, wrongly(app), '203.0.113.22'))
  expect((await ask(gateway.url, app, '203.0.113.23')).status).toBe(200)
  expect((await ask(gateway.url, wrongly(app), '203.0.113.23')).status).toBe(401)
  expect((await ask(gateway.url, wrongly(other), '203.0.113.22')).status).toBe(401)
  expect((await ask(gateway.url, other, '203.0.113.22')).status).toBe(200)
})

test('an address has 100 failures, whatever it names; right secrets and keys pass from there still', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  const address = '203.0.113.24'
  const junk = (index: number): OAuthApp => ({ ...app, clientId: `client-${index}`, secret: `secret-${index}` })
  let index = 0
  expect(await statusesOf(101, () => ask(gateway.url, junk(index++), address))).toEqual({ 401: 100, 429: 1 })
  expect((await ask(gateway.url, wrongly(app), address)).status).toBe(429)
  expect((await ask(gateway.url, app, address)).status).toBe(200)
  expect((await grantBy(gateway.url, await sign(app), {}, from(address))).status).toBe(200)
})

test('beyond the bound as before it, unknown clients answer like wrong secrets, to the letter', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const seen = async (client: OAuthApp, address: string) => {
    const counts = await statusesOf(20, () => ask(gateway.url, client, address))
    const { headers, ...answer } = await ask(gateway.url, client, address)
    const text = JSON.stringify([counts, answer, headers])
    return text.replaceAll(/\b(8[89]\d|900)\b/g, 'so many')
  }
  const [known, nobody] = [await seen(wrongly(app), '203.0.113.25'), await seen(unknown(app), '203.0.113.26')]
  expect(nobody).toBe(known)
  expect(known).toContain('"status":429')
})

test('all endpoints and all ways to authenticate fill one count; requests that go well fill none', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  const token = await grant(gateway.url, app)
  const address = from('203.0.113.27')
  expect(await statusesOf(30, () => ask(gateway.url, app, '203.0.113.27'))).toEqual({ 200: 30 })
  const secret = wrongly(app).secret
  const failing = [
    () => post(gateway.url, '/oauth/token', grantType, { ...basic(wrongly(app)), ...address }),
    () => post(gateway.url, '/oauth/introspect', { token }, { ...basic(wrongly(app)), ...address }),
    () => post(gateway.url, '/oauth/revoke', { token, client_id: app.clientId, client_secret: secret }, address),
    async () => grantBy(gateway.url, await sign(app, { aud: 'https://elsewhere.example' }), {}, address),
  ]
  for (const request of failing) expect(await statusesOf(5, request)).toEqual({ 401: 5 })
  for (const request of failing) expect(await statusesOf(1, request)).toEqual({ 429: 1 })
  // Neither who shows nothing has guessed, nor who errs in what is asked.
  expect((await post(gateway.url, '/oauth/token', grantType, address)).status).toBe(401)
  expect((await post(gateway.url, '/oauth/token', {}, { ...basic(app), ...address })).status).toBe(400)
})

test('an IPv4-mapped address is that IPv4 address, and an IPv6 network of 64 bits is one', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const mapped = ['203.0.113.28', '::ffff:203.0.113.28', '::FFFF:cb00:711c']
  const network = ['2001:db8:9:9::1', '2001:db8:9:9:ffff:ffff:ffff:ffff', '2001:0DB8:0009:0009:0:0:0:2']
  for (const addresses of [mapped, network]) {
    let index = 0
    const next = () => ask(gateway.url, wrongly(app), addresses[index++ % 3] ?? '')
    expect(await statusesOf(22, next)).toEqual({ 401: 20, 429: 2 })
  }
  expect((await ask(gateway.url, wrongly(app), '2001:db8:9:a::1')).status).toBe(401)
})

test('what a client forwards itself gives it no fresh address: neither without TRUST_PROXY, nor before the proxy’s', {
  timeout: 40_000,
}, async ({ gateway, token: session }) => {
  await using alone = await startTestGateway()
  const of = await newApp(alone, await alone.signIn())
  let index = 0
  const elsewhere = () => ask(alone.url, wrongly(of), `203.0.113.${index++}`)
  expect(await statusesOf(22, elsewhere)).toEqual({ 401: 20, 429: 2 })

  const app = await newApp(gateway, session)
  const behind = () => ask(gateway.url, wrongly(app), `203.0.113.${index++}, 198.51.100.7`)
  expect(await statusesOf(22, behind)).toEqual({ 401: 20, 429: 2 })
  const other = () =>
    post(gateway.url, '/oauth/token', grantType, {
      ...basic(wrongly(app)),
      'x-forwarded-for': '198.51.100.7',
      forwarded: `for=203.0.113.${index++}`,
      'x-real-ip': `203.0.113.${index}`,
    })
  expect(await statusesOf(1, other)).toEqual({ 429: 1 })
})

test('failed attempts stand in the log by client and address, without what was shown; other texts not at all', {
  timeout: 40_000,
}, async () => {
  await using gateway = await startTestGateway({ env: { TRUST_PROXY: '127.0.0.1', LOG_LEVEL: 'trace' } })
  const app = await newKeyedApp(gateway, await gateway.signIn())
  const assertion = await sign(app, { aud: 'https://elsewhere.example' })
  await ask(gateway.url, wrongly(app), '203.0.113.30')
  await ask(gateway.url, { ...app, clientId: app.secret, secret: app.clientId }, '203.0.113.30') // the wrong way round
  await grantBy(gateway.url, assertion, {}, from('203.0.113.30'))
  const logged = gateway.logs.filter(({ msg }) => msg === 'client authentication failed')
  const { clientId } = app
  const line = { ip: '203.0.113.30', refusedFor: null }
  expect(logged).toMatchObject([
    { ...line, clientId, method: 'client_secret_basic' },
    { ...line, clientId: null, method: 'client_secret_basic' },
    { ...line, clientId, method: 'private_key_jwt' },
  ])
  const text = JSON.stringify(gateway.logs)
  for (const shown of [app.secret, wrongly(app).secret, assertion, assertion.split('.')[2] ?? ''])
    expect(text).not.toContain(shown)
})

test('a bearer that does not hold is no failed client: its address may go on', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const address = from('203.0.113.31')
  const ofBearer = () => introspect(gateway.url, token, { ...bearer('junk'), ...address })
  expect(await statusesOf(101, ofBearer)).toEqual({ 401: 101 })
  expect((await ask(gateway.url, wrongly(app), '203.0.113.31')).status).toBe(401)
})
