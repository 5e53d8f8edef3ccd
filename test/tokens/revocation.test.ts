import { inject } from 'vitest'
import { WebSocket } from 'ws'
import { describe, expect, subscribe, type TestGateway } from '../support/index.ts'
import {
  basic,
  bearer,
  claimsOf,
  grant,
  introspect,
  lastEvents,
  newApp,
  type OAuthApp,
  post,
  startTwoGateways,
  test,
} from './oauth.ts'

const READ_HISTORY = '/chatelaine/audit/read'
const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'
const REVOKED = { status: 200, body: {} }

const revoke = (url: string, app: OAuthApp, token: string, headers: Record<string, string> = {}) =>
  post(url, '/oauth/revoke', { token }, { ...basic(app), ...headers })

/** Whether a token holds, and how many TOKEN_REVOKED the account has. */
async function stateOf(gateway: TestGateway, session: string, app: OAuthApp, token: string) {
  const { body } = await introspect(gateway.url, token, basic(app))
  return { active: body.active, events: (await lastEvents(gateway, session, 'TOKEN_REVOKED')).length }
}

test('RFC 7009 §2: a client ends a token of its own, and the history tells it without the token', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const [token, other] = [await grant(gateway.url, app), await grant(gateway.url, app)]
  const answer = await revoke(gateway.url, app, token, { 'user-agent': 'robot/1', 'x-forwarded-for': '203.0.113.9' })
  expect(answer).toMatchObject({ ...REVOKED, headers: { 'cache-control': 'no-store' } })
  expect((await introspect(gateway.url, token, basic(app))).body).toEqual({ active: false })
  expect((await introspect(gateway.url, other, basic(app))).body.active).toBe(true)

  const { jti, exp } = claimsOf(token)
  const events = await lastEvents(gateway, session, 'TOKEN_REVOKED')
  expect(events).toEqual([
    {
      type: 'TOKEN_REVOKED',
      name: 'oauth-apps.token-revoked',
      description: 'Client ended one of its access tokens',
      actorType: 'APP',
      actorName: 'Client',
      app: { id: app.id },
      source: 'API',
      sourceIp: '203.0.113.9',
      userAgent: 'robot/1',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      changes: [
        { field: 'token', before: { jti, expiresAt: new Date(Number(exp) * 1000).toISOString() }, after: null },
      ],
    },
  ])
  expect(JSON.stringify(events)).not.toContain(token.split('.')[2])
})

test('RFC 7009 §2.1 and §2.2: what is no living token of the client’s own is 200 and changes nothing', async ({
  gateway,
  token: session,
}) => {
  const [app, other] = [await newApp(gateway, session), await newApp(gateway, session)]
  const token = await grant(gateway.url, app)
  const before = await stateOf(gateway, session, app, token)
  expect(before.active).toBe(true)
  for (const [what, as, shown] of [
    ['another client’s', other, token],
    ['garbage', app, 'x.y.z'],
    ['a session', app, session],
    ['a secret', app, app.secret],
    ['NUL', app, '\0'],
    ['a long one', app, 'x'.repeat(60_000)],
    ['one with a changed signature', app, `${token.slice(0, -4)}AAAA`],
  ] as const) {
    expect(await revoke(gateway.url, as, shown), what).toMatchObject(REVOKED)
    expect(await stateOf(gateway, session, app, token), what).toEqual(before)
  }
  expect((await gateway.graphql('{ viewer { role } }', {}, session)).body.data).toEqual({ viewer: { role: 'OWNER' } })
})

test('RFC 7009 §2.2: a token that is revoked twice, or at the same instant, is told once', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const before = await stateOf(gateway, session, app, token)
  const answers = await Promise.all(Array.from({ length: 8 }, () => revoke(gateway.url, app, token)))
  for (const answer of answers) expect(answer).toMatchObject(REVOKED)
  expect(await revoke(gateway.url, app, token)).toMatchObject(REVOKED)
  expect(await stateOf(gateway, session, app, token)).toEqual({ active: false, events: before.events + 1 })
})

test('a token that was ended otherwise is left alone; one whose secret is switched off stays ended when it is on again', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const [ended, resting] = [await grant(gateway.url, app), await grant(gateway.url, app)]
  const mutate = async (mutation: string) => {
    const { body } = await gateway.graphql<Record<string, { errors: unknown[] }>>(
      `mutation { ${mutation} }`,
      {},
      session,
    )
    expect(Object.values(body.data ?? {}).flatMap(({ errors }) => errors)).toEqual([])
  }
  type Secrets = { app: { secrets: { id: string }[] } }
  const rotate = `rotateSecret(input: {appId: "${app.id}", gracePeriod: "PT1H"}) { clientSecret errors { code } }`
  const rotated = await gateway.graphql<{ rotateSecret: { clientSecret: string } }>(
    `mutation { ${rotate} }`,
    {},
    session,
  )
  const newer = { ...app, secret: rotated.body.data?.rotateSecret.clientSecret ?? '' }
  const { body } = await gateway.graphql<Secrets>(`{ app(id: "${app.id}") { secrets { id } } }`, {}, session)
  const old = body.data?.app.secrets[1]?.id
  const before = await stateOf(gateway, session, newer, resting)
  expect(before.active).toBe(true)

  await mutate(`setSecretEnabled(input: {id: "${old}", enabled: false}) { errors { code } }`)
  expect(await revoke(gateway.url, newer, resting)).toMatchObject(REVOKED)
  await mutate(`setSecretEnabled(input: {id: "${old}", enabled: true}) { errors { code } }`)
  expect(await stateOf(gateway, session, newer, resting)).toEqual({ active: false, events: before.events + 1 })

  await mutate(`revokeTokens(input: {appId: "${app.id}"}) { errors { code } }`)
  expect(await revoke(gateway.url, newer, ended)).toMatchObject(REVOKED)
  expect(await stateOf(gateway, session, newer, ended)).toEqual({ active: false, events: before.events + 1 })
})

test('RFC 7009 §2.1: the client authenticates itself, as at the token endpoint; a bearer does not do', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const secret = { client_id: app.clientId, client_secret: app.secret }
  const ask = async (parameters: Record<string, string>, headers: Record<string, string> = {}) => {
    const { status, body } = await post(gateway.url, '/oauth/revoke', parameters, headers)
    return [status, body.error]
  }
  expect(await ask({ token })).toEqual([401, 'invalid_client'])
  expect(await ask({ token }, basic({ ...app, secret: 'wrong' }))).toEqual([401, 'invalid_client'])
  expect(await ask({ token }, bearer(token))).toEqual([401, 'invalid_client'])
  expect(await ask({ token }, bearer(session))).toEqual([401, 'invalid_client'])
  expect(await ask({ token, ...secret }, basic(app))).toEqual([400, 'invalid_request'])
  expect(await ask(secret)).toEqual([400, 'invalid_request'])
  expect((await introspect(gateway.url, token, basic(app))).body.active).toBe(true)
  expect(await ask({ token, token_type_hint: 'refresh_token', ...secret })).toEqual([200, undefined])
  expect((await introspect(gateway.url, token, basic(app))).body.active).toBe(false)
  const get = await fetch(`${gateway.url}/oauth/revoke?token=${token}&callback=x`, { headers: basic(app) })
  expect(get.status).toBe(405)
})

test('a revoked token opens the API no more, and its streams end with 4401', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [READ_HISTORY])
  const token = await grant(gateway.url, app)
  await using socket = subscribe(gateway.url, token, feed)
  await socket.next()
  await revoke(gateway.url, app, token)
  expect((await gateway.graphql('{ viewer { role } }', {}, token)).status).toBe(401)
  expect((await socket.closed).code).toBe(4401)
})

test('the feed tells of a revoked token', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const revoked = 'subscription { auditEvents(filter: {types: [TOKEN_REVOKED]}, heartbeat: "PT1H") { node { type } } }'
  await using watcher = subscribe<{ auditEvents: { node: { type: string } | null } }>(gateway.url, session, revoked)
  await watcher.next() // its place: from here on it listens
  await revoke(gateway.url, app, token)
  expect((await watcher.next()).data?.auditEvents.node).toEqual({ type: 'TOKEN_REVOKED' })
})

describe.runIf(inject('engine') === 'postgres')('two gateways on one database', () => {
  test('from the answer of one on, both deny: introspection, the API, open sockets', async () => {
    await using gateways = await startTwoGateways()
    const { first, second, host } = gateways
    const session = await first.signIn()
    const app = await newApp(first, session, [READ_HISTORY])
    const token = await grant(first.url, app)
    class WithHost extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: host })
      }
    }
    await using socket = subscribe(second.url, token, feed, {}, { webSocketImpl: WithHost })
    await socket.next()
    await revoke(first.url, app, token)
    for (const { url } of [first, second])
      expect((await introspect(url, token, { ...basic(app), ...host })).body).toEqual({ active: false })
    const graphql = { ...host, ...bearer(token), 'content-type': 'application/json' }
    expect((await post(second.url, '/graphql', '{"query":"{ viewer { role } }"}', graphql)).status).toBe(401)
    expect((await socket.closed).code).toBe(4401)
  }, 40_000)

  test('no introspection that began after the answer says active, on either', async () => {
    await using gateways = await startTwoGateways()
    const { first, second, host } = gateways
    const app = await newApp(first, await first.signIn())
    for (let round = 0; round < 10; round += 1) {
      const token = await grant(first.url, app)
      let revokedAt = Number.POSITIVE_INFINITY
      const late: unknown[] = []
      const ask = async (url: string) => {
        for (let after = 0; after < 3; ) {
          const began = performance.now()
          const { body } = await introspect(url, token, { ...basic(app), ...host })
          if (began > revokedAt) {
            after += 1
            late.push(body)
          }
        }
      }
      const asking = [first, first, second, second, second].map(({ url }) => ask(url))
      await revoke(second.url, app, token, host)
      revokedAt = performance.now()
      await Promise.all(asking)
      expect(late.length).toBe(15)
      expect(new Set(late.map((body) => JSON.stringify(body)))).toEqual(new Set(['{"active":false}']))
    }
  }, 60_000)
})
