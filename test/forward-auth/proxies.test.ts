import { once } from 'node:events'
import { createServer } from 'node:net'
import { test as base, describe, expect } from '../support/index.ts'
import { grant, newApp } from '../tokens/oauth.ts'
import { CREATE, DELETE, type GuardedApi, guardedApi, HOST, LIST, OTHER_API, READ } from './guarded-api.ts'
import {
  findProxy,
  freePort,
  type OpenApi,
  type ProxyName,
  type RunningProxy,
  type Seen,
  send,
  serveOpenApi,
  startProxy,
} from './proxies.ts'
import { OTHER_PATHS, PATH_TRICKS, QUERIES } from './tricks.ts'

type Parts = { api: GuardedApi; behind: OpenApi; nginx: RunningProxy | null; Caddy: RunningProxy | null }
const portOf = (url: string) => Number(new URL(url).port)

const test = base.extend<{ $file: { parts: Parts } }>({
  parts: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are asked for
    async ({}, use) => {
      await using opened = new AsyncDisposableStack()
      const api = opened.use(await guardedApi())
      const behind = opened.use(await serveOpenApi())
      const to = { chatelaine: portOf(api.gateway.url), api: behind.port }
      const start = async (name: ProxyName) => (findProxy(name) ? opened.use(await startProxy(name, to)) : null)
      await use({ api, behind, nginx: await start('nginx'), Caddy: await start('Caddy') })
    },
    { scope: 'file' },
  ],
})

/** A client's request through the proxy: what it is told, and what has reached the API of it. */
async function through({ behind, ...proxies }: Parts, name: ProxyName, line: string, headers: string[], body = '') {
  behind.seen.length = 0
  const answer = await send(proxies[name]?.port ?? 0, line, headers, body)
  return { ...answer, seen: [...behind.seen] }
}
const to = (token: string | null, ...more: string[]) => [
  `Host: ${HOST}`,
  ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
  ...more,
]
/** Every value that the API saw by this name, in whatever case and with whatever between the words. */
const valuesOf = (seen: Seen | undefined, name: string) =>
  (seen?.headers ?? []).filter(
    (_value, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase().replaceAll('_', '-') === name,
  )

describe.for<ProxyName>(['nginx', 'Caddy'])('%s', { timeout: 120_000 }, (name) => {
  const missing = findProxy(name) === null
  if (missing)
    process.stderr.write(
      `\n  NOT TRIED: ${name} is not here, so nothing shows that docs/forward-auth/ works with it.\n\n`,
    )

  describe.skipIf(missing)('in front of an API', () => {
    test('lets a request with the scope through, as it was sent, with the identity of the token’s app', async ({
      parts,
    }) => {
      const { token, app } = parts.api
      const { status, body, seen } = await through(parts, name, 'GET /v1/orders/1?x=%2e HTTP/1.1', to(token))
      expect([status, body]).toEqual([200, 'reached'])
      expect(seen).toMatchObject([{ method: 'GET', url: '/v1/orders/1?x=%2e' }])
      expect(valuesOf(seen[0], 'x-account-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
      expect(valuesOf(seen[0], 'x-client-id')).toEqual([app.clientId])
      expect(valuesOf(seen[0], 'x-scopes')).toEqual([`${LIST} ${READ}`])
      expect(valuesOf(seen[0], 'authorization')).toEqual([])
    })

    test('lets a body through, and asks about its request without it', async ({ parts }) => {
      const body = '{"amount":1}'
      const line = 'POST /v1/orders HTTP/1.1'
      const passed = await through(parts, name, line, to(parts.api.tokenForAll), body)
      expect([passed.status, passed.seen]).toMatchObject([200, [{ method: 'POST', url: '/v1/orders', body }]])
      const refused = await through(parts, name, line, to(parts.api.token), body)
      expect([refused.status, refused.seen]).toEqual([403, []])
      expect(refused.head).toMatch(new RegExp(`WWW-Authenticate: .*scope="${CREATE}"`, 'i'))
    })

    test('tells 401 and 403 with the challenge, and the API sees nothing of it', async ({ parts }) => {
      const { gateway, app, token } = parts.api
      const elsewhere = await grant(gateway.url, app, { resource: OTHER_API })
      const cases: [string, string[], number, RegExp][] = [
        ['GET /v1/orders', to(null), 401, /WWW-Authenticate: Bearer realm="chatelaine"\r?$/im],
        ['GET /v1/orders', to(`${token}x`), 401, /WWW-Authenticate: Bearer .*error="invalid_token"/i],
        ['GET /v1/orders', to(elsewhere), 403, /WWW-Authenticate: Bearer .*error="invalid_token"/i],
        ['DELETE /v1/orders/1', to(token), 403, new RegExp(`WWW-Authenticate: .*scope="${DELETE}"`, 'i')],
        ['GET /public', to(token), 403, /WWW-Authenticate: Bearer .*error="insufficient_scope"/i],
      ]
      for (const [request, headers, expected, challenge] of cases) {
        const { status, head, seen } = await through(parts, name, `${request} HTTP/1.1`, headers)
        expect([request, status, seen]).toEqual([request, expected, []])
        expect(head).toMatch(challenge)
      }
    })

    test.for(PATH_TRICKS)('stops %s, whatever the token opens: %s', async ([, uri], { parts }) => {
      const { status, seen } = await through(parts, name, `GET ${uri} HTTP/1.1`, to(parts.api.tokenForAll))
      expect(seen).toEqual([])
      expect([400, 403]).toContain(status)
    })

    test.for<[string, string]>([
      ['a fragment', '/v1/orders#/../public'],
      ['a NUL', '/v1/orders\0'],
      ['a tab', '/v1/orders\t/1'],
      ['bytes above ASCII', '/v1/orders/\xc0\xaf1'],
      ['a space', '/v1/orders /1'],
    ])('stops raw bytes: %s', async ([, uri], { parts }) => {
      const { status, seen } = await through(parts, name, `GET ${uri} HTTP/1.1`, to(parts.api.tokenForAll))
      expect(seen).toEqual([])
      expect(status === 0 || status >= 400).toBe(true) // 0: it hung up
    })

    test('a path of other letters is another path, and a query is none', async ({ parts }) => {
      const { tokenForAll } = parts.api
      for (const [, uri] of OTHER_PATHS) {
        const { status, seen } = await through(parts, name, `GET ${uri} HTTP/1.1`, to(tokenForAll))
        expect([uri, status, seen]).toEqual([uri, 403, []])
      }
      for (const [, uri] of QUERIES) {
        const { status, seen } = await through(parts, name, `GET ${uri} HTTP/1.1`, to(tokenForAll))
        expect([status, seen]).toMatchObject([200, [{ url: uri }]])
      }
    })

    test('what a client says of its own request opens nothing', async ({ parts }) => {
      const allowed = `https://${HOST}/v1/orders`
      const lies = [
        ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: /v1/orders'],
        ['X-Forwarded-Host: elsewhere.example', 'X-Forwarded-Uri: /v1/orders'],
        ['X-Forwarded-Prefix: /v1/orders', 'X-Forwarded-Port: 80', 'X-Forwarded-Proto: http'],
        ['X-Original-Method: GET', `X-Original-URL: ${allowed}`],
        ['X_Forwarded_Method: GET', 'X_Forwarded_Uri: /v1/orders'],
        [`Forwarded: host=${HOST};proto=https`],
        ['X-Rewrite-URL: /v1/orders'],
        ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1'],
        ['Connection: close, Authorization', 'X-HTTP-Method-Override: GET'],
      ]
      for (const headers of lies)
        for (const request of ['DELETE /v1/orders/1', 'GET /public']) {
          const { status, seen } = await through(parts, name, `${request} HTTP/1.1`, to(parts.api.token, ...headers))
          expect([headers, [401, 403].includes(status), seen]).toEqual([headers, true, []])
        }
      // And takes nothing from who may: what the proxy says itself stands in its place.
      const harmless = [
        'X-Forwarded-Prefix: /x',
        'X-Forwarded-Uri: /public',
        'X-Forwarded-Method: DELETE',
        'Forwarded: host=x',
      ]
      const { status } = await through(parts, name, 'GET /v1/orders HTTP/1.1', to(parts.api.token, ...harmless))
      expect(status).toBe(200)
    })

    test('the client’s own identity headers never reach the API', async ({ parts }) => {
      const own = ['X-Account-Id: mine', 'x-client-id: mine', 'X-SCOPES: /acme/store/*', 'X-Scopes: twice']
      const { seen } = await through(parts, name, 'GET /v1/orders HTTP/1.1', to(parts.api.token, ...own))
      expect(valuesOf(seen[0], 'x-client-id')).toEqual([parts.api.app.clientId])
      expect(valuesOf(seen[0], 'x-scopes')).toEqual([`${LIST} ${READ}`])
      expect(JSON.stringify(seen)).not.toContain('mine')
      const underscored = ['X_Account_Id: mine', 'X_Client_Id: mine', 'X_Scopes: mine']
      const second = await through(parts, name, 'GET /v1/orders HTTP/1.1', to(parts.api.token, ...underscored))
      expect(JSON.stringify(second.seen)).not.toContain('mine') // nginx drops them, Caddy is told 403
    })

    test('two tokens, or one in doubt, are none', async ({ parts }) => {
      const { token } = parts.api
      for (const headers of [
        [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
        [`Authorization: Bearer ${token}, Bearer ${token}`],
        [`Authorization: Bearer ${token} ${token}`],
        ['Authorization:'],
        ['Authorization: Bearer'],
        [`Authorization: Basic ${token}`],
      ]) {
        const { status, seen } = await through(parts, name, 'GET /v1/orders HTTP/1.1', [`Host: ${HOST}`, ...headers])
        expect(seen).toEqual([])
        expect([400, 401, 403]).toContain(status)
      }
    })

    test('a Host of another’s, and an address in place of a path, are for no other API than this one', async ({
      parts,
    }) => {
      const bearer = `Authorization: Bearer ${parts.api.tokenForAll}`
      for (const host of ['elsewhere.example', `${HOST}/v1/orders?`, `elsewhere@${HOST}`, '']) {
        const { status, seen } = await through(parts, name, 'GET /v1/orders HTTP/1.1', [`Host: ${host}`, bearer])
        expect([host, seen]).toEqual([host, []])
        expect(status).toSatisfy((told: number) => told < 300 || told >= 400) // Caddy has nothing for another site: an empty 200
      }
      for (const address of [`http://${HOST}/public`, `http://elsewhere.example/v1/orders`]) {
        const { seen } = await through(parts, name, `GET ${address} HTTP/1.1`, [`Host: ${HOST}`, bearer])
        expect(seen.filter(({ url }) => !url.endsWith('/v1/orders'))).toEqual([])
      }
    })

    test('a WebSocket is asked about before it is opened', async ({ parts }) => {
      const wish = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: eA==']
      const refused = await through(parts, name, 'GET /v1/orders HTTP/1.1', to(null, ...wish))
      expect([refused.status, refused.seen]).toEqual([401, []])
      const passed = await through(parts, name, 'GET /v1/orders HTTP/1.1', to(parts.api.token, ...wish))
      expect(passed.seen).toHaveLength(1)
    })

    test('a token that was ended stops at the next request', async ({ parts }) => {
      const { gateway, session } = parts.api
      const app = await newApp(gateway, session, [LIST])
      const token = await grant(gateway.url, app)
      const status = async () => (await through(parts, name, 'GET /v1/orders HTTP/1.1', to(token))).status
      expect(await status()).toBe(200)
      await gateway.graphql(
        'mutation ($id: ID!) { revokeTokens(input: { appId: $id }) { errors { code } } }',
        { id: app.id },
        session,
      )
      expect(await status()).toBe(401)
    })

    test.for(['is not there', 'does not answer'])('where Chatelaine %s, nothing passes', async (what, { parts }) => {
      await using opened = new AsyncDisposableStack()
      const silent = createServer(() => {})
      opened.defer(() => void silent.close())
      silent.listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const address = silent.address()
      const silentPort = typeof address === 'object' ? (address?.port ?? 0) : 0
      const chatelaine = what === 'is not there' ? await freePort() : silentPort
      const proxy = opened.use(await startProxy(name, { chatelaine, api: parts.behind.port }, { ' 6s': ' 1s' }))
      parts.behind.seen.length = 0
      const { status } = await send(proxy.port, 'GET /v1/orders HTTP/1.1', to(parts.api.token))
      expect(status).toBeGreaterThanOrEqual(500)
      expect(parts.behind.seen).toEqual([])
    })
  })
})
