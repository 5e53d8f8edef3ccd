import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { ownDatabase } from '../http/own-database.ts'
import { describe, expect, startTestGateway } from '../support/index.ts'
import { assertionClaims, grantBy, inSeconds, JWT_BEARER, newKeyedApp, sign, withKey } from './assertions.ts'
import { basic, bearer, claimsOf, grant, introspect, newApp, post, startTwoGateways, test } from './oauth.ts'

const LIST = '/twilio/messaging/messages/list'
const refused = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'The client could not be authenticated.' },
}
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const statusOf = async (url: string, assertion: string) => (await grantBy(url, assertion)).status

test.for(['P-256', 'P-384', 'Ed25519', 'RSA-2048'])(
  'RFC 7523 §2.2: an app with a key of %s gets a token by an assertion, which names the key',
  async (kind, { gateway, token: session }) => {
    const app = await newKeyedApp(gateway, session, kind, [LIST])
    const { status, body } = await grantBy(gateway.url, await sign(app))
    expect([status, body.scope]).toEqual([200, LIST])
    const claims = claimsOf(String(body.access_token))
    expect(claims).toMatchObject({ client_id: app.clientId, key_id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(claims).not.toHaveProperty('secret_id')
    expect((await introspect(gateway.url, String(body.access_token), basic(app))).body.active).toBe(true)
    type Node = { node: { lastUsedAt: string | null } }
    const ofKey = await gateway.graphql<Node>(
      `{ node(id: "${app.keyId}") { ... on AppKey { lastUsedAt } } }`,
      {},
      session,
    )
    expect(Date.parse(ofKey.body.data?.node.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  },
)

test('RFC 7518 §3.5, RFC 9864: a key for PS256 takes PS256 alone; of Ed25519 both names do', async ({
  gateway,
  token: session,
}) => {
  const pss = await withKey(gateway, session, await newApp(gateway, session), 'RSA-2048', { alg: 'PS256' })
  expect(await statusOf(gateway.url, await sign(pss, {}, { alg: 'PS256' }))).toBe(200)
  for (const alg of ['RS256', 'PS384', 'RS512'])
    expect(await statusOf(gateway.url, await sign(pss, {}, { alg })), alg).toBe(401)
  const rsa = await newKeyedApp(gateway, session, 'RSA-2048')
  expect(await statusOf(gateway.url, await sign(rsa, {}, { alg: 'PS256' }))).toBe(401)
  const edwards = await newKeyedApp(gateway, session, 'Ed25519')
  expect(await statusOf(gateway.url, await sign(edwards, {}, { alg: 'Ed25519' }))).toBe(200)
})

test('RFC 7523 §2.2: the introspection and revocation endpoints take an assertion too, and spend it', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  const token = await grant(gateway.url, app)
  const ask = (path: string, assertion: string) =>
    post(gateway.url, path, { token, client_assertion_type: JWT_BEARER, client_assertion: assertion })
  const assertion = await sign(app)
  expect((await ask('/oauth/introspect', assertion)).body.active).toBe(true)
  for (const path of ['/oauth/introspect', '/oauth/revoke']) expect((await ask(path, assertion)).status).toBe(401)
  expect(await statusOf(gateway.url, assertion)).toBe(401)
  expect((await ask('/oauth/revoke', await sign(app))).status).toBe(200)
  expect((await ask('/oauth/introspect', await sign(app))).body).toEqual({ active: false })
})

test('RFC 7523 §3: what clocks differ by is a minute: 50 s over, or ahead, still holds', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  const held: Record<string, unknown>[] = [
    { iat: inSeconds(-100), exp: inSeconds(-50) },
    { iat: inSeconds(50), nbf: inSeconds(50), exp: inSeconds(350) }, // five minutes by its own clock
    { iat: inSeconds(-3600), exp: inSeconds(290) },
    { nbf: inSeconds(-60) },
    { exp: inSeconds(60) + 0.5 },
  ]
  for (const claims of held)
    expect((await grantBy(gateway.url, await sign(app, claims))).status, JSON.stringify(claims)).toBe(200)
})

test('RFC 7515 §4.1.9: typ is left out, or JWT, or client-authentication+jwt, in any case and with its prefix', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+JWT'])
    expect(await statusOf(gateway.url, await sign(app, {}, { typ })), typ).toBe(200)
})

test('RFC 7515 §4.1.4: of several keys, the one of that kid, or without one whichever fits', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const first = await withKey(gateway, session, app, 'P-256', { kid: 'one' })
  const second = await withKey(gateway, session, app, 'P-256', { kid: 'two' })
  const unnamed = await withKey(gateway, session, app, 'Ed25519')
  expect(await statusOf(gateway.url, await sign(first, {}, { kid: 'one' }))).toBe(200)
  expect(await statusOf(gateway.url, await sign(second, {}, { kid: 'one' }))).toBe(401)
  expect(await statusOf(gateway.url, await sign(second))).toBe(200)
  expect(await statusOf(gateway.url, await sign(unnamed, {}, { kid: 'whatever its owner calls it' }))).toBe(200)
})

test('a removed key opens nothing from the answer on, what it opened before lives on; a disabled app’s opens nothing', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const [removed, kept] = [await withKey(gateway, session, app), await withKey(gateway, session, app)]
  const token = String((await grantBy(gateway.url, await sign(removed))).body.access_token)
  const mutate = (mutation: string) => gateway.graphql(`mutation { ${mutation} }`, {}, session)
  await mutate(`removeAppKey(input: {id: "${removed.keyId}"}) { errors { code } }`)
  expect(await grantBy(gateway.url, await sign(removed))).toMatchObject(refused)
  expect((await introspect(gateway.url, token, basic(app))).body.active).toBe(true)
  await mutate(`revokeTokens(input: {appId: "${app.id}"}) { errors { code } }`)
  expect((await introspect(gateway.url, token, basic(app))).body).toEqual({ active: false })

  await mutate(`updateApp(input: {id: "${app.id}", status: DISABLED}) { errors { code } }`)
  expect(await grantBy(gateway.url, await sign(kept))).toMatchObject(refused)
  await mutate(`updateApp(input: {id: "${app.id}", status: ACTIVE}) { errors { code } }`)
  expect(await statusOf(gateway.url, await sign(kept))).toBe(200)
  await mutate(`deleteApp(input: {id: "${app.id}"}) { errors { code } }`)
  expect(await grantBy(gateway.url, await sign(kept))).toMatchObject(refused)
})

test('RFC 6749 §2.3: an assertion and anything else are two methods, even as junk: 400, and neither is tried', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  const assertion = await sign(app)
  const secret = { client_id: app.clientId, client_secret: app.secret }
  const type = { client_assertion_type: JWT_BEARER }
  const both: [Record<string, string>, Record<string, string>?][] = [
    [{ ...secret, ...type, client_assertion: assertion }],
    [{ ...secret, ...type, client_assertion: 'junk' }], // CVE-2026-16093
    [{ ...secret, client_assertion: `${part({ alg: 'none' })}.${part(assertionClaims(app))}.` }],
    [{ ...secret, ...type }],
    [{ ...type, client_assertion: assertion }, basic(app)],
    [{ ...type, client_assertion: 'junk' }, basic(app)],
    [{ ...type, client_assertion: assertion }, bearer('junk')],
    [{ client_assertion: assertion }],
    [type],
  ]
  for (const [parameters, headers] of both) {
    const answer = await post(gateway.url, '/oauth/token', { grant_type: 'client_credentials', ...parameters }, headers)
    expect([answer.status, answer.body.error], JSON.stringify(parameters).slice(0, 80)).toEqual([
      400,
      'invalid_request',
    ])
  }
  const twice = `grant_type=client_credentials&client_assertion_type=${JWT_BEARER}&client_assertion=${assertion}&client_assertion=x`
  expect((await post(gateway.url, '/oauth/token', twice)).body.error).toBe('invalid_request')
  const unknownType = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }
  expect(await grantBy(gateway.url, assertion, unknownType)).toMatchObject(refused)
  expect(await statusOf(gateway.url, assertion)).toBe(200) // it was not spent
})

test('a secret still opens an app that has keys (one a request)', async ({ gateway, token: session }) => {
  const app = await newKeyedApp(gateway, session)
  expect(claimsOf(await grant(gateway.url, app))).toHaveProperty('secret_id')
})

test('RFC 7523 §3: each jti opens once, also after a restart; another app may have the same', {
  timeout: 60_000,
}, async ({ engine }) => {
  await using database = await ownDatabase(engine)
  await using before = await startTestGateway({ env: database.env })
  const session = await before.signIn()
  const [app, other] = [await newKeyedApp(before, session), await newKeyedApp(before, session)]
  const assertion = await sign(app, { exp: inSeconds(280) })
  const jti = String(claimsOf(assertion).jti)
  expect(await statusOf(before.url, assertion)).toBe(200)
  await before.close()
  const { port } = new URL(before.url) // the same issuer again
  await using gateway = await startTestGateway({ env: { ...before.env, PORT: port } })
  expect(await grantBy(gateway.url, assertion)).toMatchObject(refused)
  expect(await grantBy(gateway.url, await sign(app, { jti }))).toMatchObject(refused)
  expect(await statusOf(gateway.url, await sign(other, { jti }))).toBe(200)
  expect(await statusOf(gateway.url, await sign(app, { jti: `${jti}.` }))).toBe(200)
})

test('of 100 requests with one assertion, exactly one gets a token', async ({ gateway, token: session }) => {
  const app = await newKeyedApp(gateway, session)
  const assertion = await sign(app)
  const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(gateway.url, assertion)))
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 401)).toHaveLength(99)
})

test('a jti of any text is told apart: long, empty of letters, of other scripts', async ({
  gateway,
  token: session,
}) => {
  const app = await newKeyedApp(gateway, session)
  for (const jti of [
    ' ',
    '0',
    'é',
    'é'.normalize('NFD'),
    'x'.repeat(4000),
    `${'x'.repeat(4000)}y`,
    '\u{1f511}',
    'a\0',
    'a',
  ])
    expect(await statusOf(gateway.url, await sign(app, { jti })), JSON.stringify(jti.slice(0, 9))).toBe(200)
})

describe.runIf(inject('engine') === 'postgres')('two gateways on one database', () => {
  test('of 100 requests at once with one assertion on both, exactly one gets a token', {
    timeout: 60_000,
  }, async () => {
    await using gateways = await startTwoGateways()
    const { first, second, host } = gateways
    const app = await newKeyedApp(first, await first.signIn())
    for (let round = 0; round < 3; round += 1) {
      const assertion = await sign(app, { jti: randomUUID() })
      const ask = async (_: unknown, index: number) =>
        (await grantBy((index % 2 === 0 ? first : second).url, assertion, {}, host)).status
      const statuses = await Promise.all(Array.from({ length: 100 }, ask))
      expect(statuses.filter((status) => status === 200)).toHaveLength(1)
      // A slow machine has no session free in time for all of them: that is no yes either.
      expect(statuses.filter((status) => ![200, 401, 503].includes(status))).toEqual([])
    }
  })
})
