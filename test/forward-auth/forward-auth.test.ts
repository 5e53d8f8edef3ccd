import { test as base, describe, expect } from '../support/index.ts'
import { grant, newApp } from '../tokens/oauth.ts'
import {
  API,
  ask,
  DELETE,
  forwarded,
  type GuardedApi,
  guardedApi,
  type Headers,
  HOST,
  INVALID_REQUEST,
  INVALID_TOKEN,
  LIST,
  OTHER_API,
  READ,
  refusal,
} from './guarded-api.ts'
import { OTHER_PATHS, PATH_TRICKS, QUERIES } from './tricks.ts'

const test = base.extend<{ $file: { api: GuardedApi } }>({
  api: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are asked for
    async ({}, use) => {
      await using api = await guardedApi()
      await use(api)
    },
    { scope: 'file' },
  ],
})
const NOTHING = 'No endpoint of the catalogue matches, so no scope opens it.'
const AMBIGUOUS = 'The path can be read in more than one way.'
const insufficient = (description: string) =>
  refusal(403, 'Bearer realm="chatelaine", error="insufficient_scope"', {
    error: 'insufficient_scope',
    error_description: description,
  })
const ambiguous = refusal(403, INVALID_REQUEST, { error: 'invalid_request', error_description: AMBIGUOUS })
const doubtful = { status: 403, headers: { 'www-authenticate': INVALID_REQUEST, 'cache-control': 'no-store' } }

// The gateway's start is within the first test's time.
test('a token with the scope passes: 200 with the identity, which no cache stores', { timeout: 90_000 }, async ({
  api,
}) => {
  const { headers, ...answer } = await ask(api.gateway.url, forwarded('GET', '/v1/orders/1', api.token))
  expect(answer).toEqual({ status: 200, body: null })
  expect(headers).toEqual({
    'cache-control': 'no-store',
    'content-length': '0',
    'x-account-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-client-id': api.app.clientId,
    'x-scopes': `${LIST} ${READ}`,
  })
})

test('as nginx tells it, by whatever method and Host the proxy asks, it passes too', async ({ api }) => {
  const original = { 'x-original-method': 'GET', 'x-original-url': `http://${HOST}/v1/orders?limit=1` }
  const headers = { ...original, authorization: `Bearer ${api.token}`, host: HOST }
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
    expect([method, (await ask(api.gateway.url, headers, '', method)).status]).toEqual([method, 200])
})

test('the wish for a WebSocket is asked about as any request is', async ({ api }) => {
  const wish = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  expect((await ask(api.gateway.url, { ...forwarded('GET', '/v1/orders', api.token), ...wish })).status).toBe(200)
  expect((await ask(api.gateway.url, { ...forwarded('GET', '/v1/orders'), ...wish })).status).toBe(401)
})

test('without a token it is 401 that names no error (RFC 6750 §3)', async ({ api }) => {
  expect(await ask(api.gateway.url, forwarded('GET', '/v1/orders'))).toMatchObject(
    refusal(401, 'Bearer realm="chatelaine"', {
      error: 'invalid_token',
      error_description: 'There is no bearer token.',
    }),
  )
})

test('a scope that is missing is 403, and named: in the challenge one that would do, in the body all', async ({
  api,
}) => {
  const none = await grant(api.gateway.url, await newApp(api.gateway, api.session))
  const lacks = (scope: string, missing: string[]) =>
    refusal(403, `Bearer realm="chatelaine", error="insufficient_scope", scope="${scope}"`, {
      error: 'insufficient_scope',
      error_description: 'The access token lacks the scope.',
      missing_scopes: missing,
    })
  expect(await ask(api.gateway.url, forwarded('DELETE', '/v1/orders/1', api.token))).toMatchObject(
    lacks(DELETE, [DELETE]),
  )
  expect(await ask(api.gateway.url, forwarded('GET', '/v1/orders', none))).toMatchObject(
    lacks(LIST, [LIST, '/acme/store/orders/search']),
  )
})

test('a token that was narrowed opens no more than it names, and a wildcard all below', async ({ api }) => {
  const narrow = await grant(api.gateway.url, api.app, { scope: LIST })
  const opens = async (token: string, uri: string) =>
    (await ask(api.gateway.url, forwarded('GET', uri, token))).status === 200
  expect([await opens(narrow, '/v1/orders'), await opens(narrow, '/v1/orders/1')]).toEqual([true, false])
  const wild = await grant(api.gateway.url, await newApp(api.gateway, api.session, ['/acme/store/orders/*']))
  const seen = [await opens(wild, '/v1/orders/1'), await opens(wild, '/v1/orders/1/files/caf%C3%A9')]
  expect(seen).toEqual([true, false]) // orders.files is another resource
})

describe('the audience', () => {
  test('a token for another resource than the location’s is 403', async ({ api }) => {
    const { url } = api.gateway
    const forOther = await grant(url, api.app, { resource: OTHER_API })
    const statuses = async (token: string) =>
      Promise.all(
        ['', `?resource=${API}`, `?resource=${encodeURIComponent(OTHER_API)}`].map(
          async (query) => (await ask(url, forwarded('GET', '/v1/orders', token), query)).status,
        ),
      )
    expect([await statuses(api.token), await statuses(forOther)]).toEqual([
      [200, 200, 403],
      [403, 403, 200],
    ])
    expect(await ask(url, forwarded('GET', '/v1/orders', forOther))).toMatchObject(
      refusal(403, INVALID_TOKEN, {
        error: 'invalid_token',
        error_description: 'The access token is for another resource.',
      }),
    )
  })

  test.for([
    ['an unknown resource', '?resource=https://elsewhere.example'],
    ['two', `?resource=${API}&resource=${API}`],
    ['an empty one', '?resource='],
    ['another parameter', '?resorce=x'],
    ['one more parameter', `?resource=${API}&unmatched=allow`],
  ])('%s in the query is 403', async ([, query = ''], { api }) => {
    expect(await ask(api.gateway.url, forwarded('GET', '/v1/orders', api.token), query)).toMatchObject(doubtful)
  })
})

describe('the Authorization header', () => {
  const of = (token: string): Record<string, [string | string[], number]> => ({
    'bearer in lower case': [`bearer ${token}`, 200],
    'BEARER in upper case': [`BEARER ${token}`, 200],
    'spaces around': [`  Bearer   ${token}  `, 200],
    empty: ['', 401],
    'no token': ['Bearer', 401],
    'no token, and a space': ['Bearer ', 401],
    'no scheme': [token, 401],
    'two joined by a comma': [`Bearer ${token}, Bearer ${token}`, 401],
    'two joined by a comma alone': [`Bearer ${token},${token}`, 401],
    'two tokens': [`Bearer ${token} ${token}`, 401],
    'two headers': [[`Bearer ${token}`, `Bearer ${token}`], 403],
    'two headers, the second empty': [[`Bearer ${token}`, ''], 403],
    Basic: [`Basic ${Buffer.from(`a:${token}`).toString('base64')}`, 401],
    'a bit of the signature': [`Bearer ${token.slice(0, -2)}`, 401],
    'a token without a signature': [`Bearer ${token.split('.').slice(0, 2).join('.')}.`, 401],
    'rubbish of 12 kB': [`Bearer ${'x'.repeat(12_000)}`, 401],
  })
  test.for(Object.keys(of('')))('%s', async (what, { api }) => {
    const [authorization, status] = of(api.token)[what] ?? ['', 0]
    const { headers, ...answer } = await ask(api.gateway.url, { ...forwarded('GET', '/v1/orders'), authorization })
    expect(answer.status).toBe(status)
    expect(headers['www-authenticate']).toEqual({ 200: undefined, 401: INVALID_TOKEN, 403: INVALID_REQUEST }[status])
    expect(headers['cache-control']).toBe('no-store')
  })

  test('a session of a person opens nothing', async ({ api }) => {
    expect((await ask(api.gateway.url, forwarded('GET', '/v1/orders', api.session))).status).toBe(401)
  })
})

describe('a path that can be read in more than one way is 403, though the token opens all that it may mean', () => {
  test.for(PATH_TRICKS)('%s: %s', async ([, uri], { api }) => {
    const { tokenForAll } = api
    expect(await ask(api.gateway.url, forwarded('GET', uri, tokenForAll))).toMatchObject(ambiguous)
    const original = { 'x-original-method': 'GET', 'x-original-url': `https://${HOST}${uri}` }
    const asked = { ...original, authorization: `Bearer ${tokenForAll}` }
    expect(await ask(api.gateway.url, asked)).toMatchObject(ambiguous)
  })
  test.for([
    ['a fragment', '/v1/orders#/../public'],
    ['a fragment behind the query', '/v1/orders?x=1#/public'],
    ['no path', ''],
    ['no slash', 'v1/orders'],
    ['an address', `http://${HOST}/v1/orders`],
    ['an asterisk', '*'],
  ])('%s: %s', async ([, uri = ''], { api }) => {
    expect(await ask(api.gateway.url, forwarded('GET', uri, api.token))).toMatchObject(doubtful)
  })
})

describe('of a path the letters count, and nothing else', () => {
  test.for(OTHER_PATHS)('%s is no endpoint: %s', async ([, uri], { api }) => {
    expect(await ask(api.gateway.url, forwarded('GET', uri, api.token))).toMatchObject(insufficient(NOTHING))
  })
  test.for(QUERIES)('%s counts for nothing: %s', async ([, uri], { api }) => {
    expect((await ask(api.gateway.url, forwarded('GET', uri, api.token))).status).toBe(200)
  })
  test.for(['get', 'PATCH', 'CONNECT', 'constructor'])('the method %s is no endpoint’s', async (method, { api }) => {
    expect((await ask(api.gateway.url, forwarded(method, '/v1/orders', api.token))).status).toBe(403)
  })
})

describe('what a client may have sent along', () => {
  const IGNORED: [string, Headers, number][] = [
    ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '/public' }, 403],
    ['X-Forwarded-Port', { 'x-forwarded-port': '80' }, 403],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'http' }, 403],
    ['X_Forwarded_Uri', { x_forwarded_uri: '/v1/orders' }, 403],
    ['X_Forwarded_Method', { x_forwarded_method: 'GET' }, 403],
    ['Forwarded (RFC 7239)', { forwarded: `host=${HOST};proto=https` }, 403],
  ]
  test.for(IGNORED)('%s counts for nothing', async ([, headers, otherwise], { api }) => {
    const { url } = api.gateway
    expect((await ask(url, { ...forwarded('GET', '/v1/orders', api.token), ...headers })).status).toBe(200)
    const denied = await ask(url, { ...forwarded('GET', '/public', api.token), ...headers })
    expect([denied.status, denied.headers['www-authenticate']]).toEqual([
      otherwise,
      'Bearer realm="chatelaine", error="insufficient_scope"',
    ])
  })

  const DOUBTFUL: [string, Headers][] = [
    ['a second X-Forwarded-Uri', { 'x-forwarded-uri': ['/v1/orders', '/v1/orders'] }],
    ['a second X-Forwarded-Method', { 'x-forwarded-method': ['GET', 'DELETE'] }],
    ['a second X-Forwarded-Host', { 'x-forwarded-host': [HOST, HOST] }],
    ['X-Original-URL beside X-Forwarded-Uri', { 'x-original-url': `https://${HOST}/v1/orders` }],
    ['X-Original-Method beside X-Forwarded-Method', { 'x-original-method': 'GET' }],
    ['X-Rewrite-URL', { 'x-rewrite-url': '/v1/orders/1' }],
    ['X-HTTP-Method-Override', { 'x-http-method-override': 'DELETE' }],
    ['X-HTTP-Method', { 'x-http-method': 'DELETE' }],
    ['X-Method-Override', { 'x-method-override': 'DELETE' }],
    ['X_Account_Id', { x_account_id: 'another' }],
    ['X-Client_Id', { 'x-client_id': 'another' }],
    ['X_Scopes', { x_scopes: '/acme/store/*' }],
    ['a Host that makes a path', { 'x-forwarded-host': `${HOST}/v1/orders?` }],
    ['a Host that makes a query', { 'x-forwarded-host': `${HOST}?` }],
    ['a Host that makes a fragment', { 'x-forwarded-host': `${HOST}#` }],
    ['a Host with a backslash', { 'x-forwarded-host': `${HOST}\\` }],
    ['a Host with a name before it', { 'x-forwarded-host': `elsewhere@${HOST}` }],
    ['an empty Host', { 'x-forwarded-host': '' }],
    ['an empty method', { 'x-forwarded-method': '' }],
    ['a method of two words', { 'x-forwarded-method': 'GET /v1/orders' }],
  ]
  test.for(DOUBTFUL)('%s is refused', async ([, headers], { api }) => {
    const { url } = api.gateway
    expect(await ask(url, { ...forwarded('GET', '/v1/orders', api.token), ...headers })).toMatchObject(doubtful)
  })

  test.for([`${HOST}:8443`, 'elsewhere.example', `${HOST}.`, `${HOST}:80`])(
    'the Host %s is another one, which has no endpoint',
    async (host, { api }) => {
      const asked = { ...forwarded('GET', '/v1/orders', api.token), 'x-forwarded-host': host }
      expect(await ask(api.gateway.url, asked)).toMatchObject(insufficient(NOTHING))
    },
  )

  test.for([
    ['without the method', { 'x-original-url': `https://${HOST}/v1/orders` }],
    ['without the URL', { 'x-original-method': 'GET' }],
    ['with a path alone', { 'x-original-method': 'GET', 'x-original-url': '/v1/orders' }],
    ['with a query at the host', { 'x-original-method': 'GET', 'x-original-url': `https://${HOST}?/v1/orders` }],
    ['with nothing at all', {}],
  ] as [string, Headers][])('X-Original-… %s is refused', async ([, headers], { api }) => {
    expect(await ask(api.gateway.url, { ...headers, authorization: `Bearer ${api.token}` })).toMatchObject(doubtful)
  })
})

test('whatever path it is for, a token without the scope gets 401 or 403', async ({ api }) => {
  const none = await grant(api.gateway.url, await newApp(api.gateway, api.session))
  for (const [, uri] of [...PATH_TRICKS, ...OTHER_PATHS, ...QUERIES])
    for (const method of ['GET', 'HEAD', 'DELETE'])
      expect([401, 403], uri).toContain((await ask(api.gateway.url, forwarded(method, uri, none))).status)
})
