import { ownDatabase } from '../http/own-database.ts'
import { expect, startTestGateway, type TestGateway } from '../support/index.ts'
import {
  basic,
  bearer,
  claimsOf,
  grant,
  introspect,
  newApp,
  newTenant,
  type OAuthApp,
  type Parameters,
  post,
  test,
} from './oauth.ts'

const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'
const INTROSPECT = '/chatelaine/tokens/introspect'
const INACTIVE = { active: false }

/** As whoever shows these headers, of an app's new token. */
async function told(gateway: TestGateway, app: OAuthApp, headers: Record<string, string>, token?: string) {
  const { status, body } = await introspect(gateway.url, token ?? (await grant(gateway.url, app)), headers)
  return { status, body }
}

test('RFC 7662 §2.2: a client learns of its own token all that it stands for, and no cache does', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST, READ])
  const token = await grant(gateway.url, app, { scope: LIST })
  const { sub, aud, iss, iat, exp, jti, account_id } = claimsOf(token)
  const { status, headers, body } = await introspect(gateway.url, token, basic(app))
  expect(status).toBe(200)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' })
  expect(body).toEqual({
    active: true,
    scope: LIST,
    client_id: app.clientId,
    token_type: 'Bearer',
    exp,
    iat,
    sub,
    aud,
    iss,
    jti,
    account_id,
  })
})

test('a token without scopes has no scope in its introspection', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session)
  const { body } = await told(gateway, app, basic(app))
  expect(Object.keys(body).sort()).toEqual(
    ['active', 'client_id', 'token_type', 'exp', 'iat', 'sub', 'aud', 'iss', 'jti', 'account_id'].sort(),
  )
})

test('a scope taken from the app is gone from the answer at once', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [LIST, READ])
  const token = await grant(gateway.url, app)
  const take =
    'mutation ($id: ID!, $scopes: [String!]!) { updateApp(input: {id: $id, scopes: $scopes}) { errors { code } } }'
  await gateway.graphql(take, { id: app.id, scopes: [READ] }, session)
  expect((await told(gateway, app, basic(app), token)).body.scope).toBe(READ)
  await gateway.graphql(take, { id: app.id, scopes: [] }, session)
  expect((await told(gateway, app, basic(app), token)).body).not.toHaveProperty('scope')
})

test('RFC 7662 §2.2: to who may not ask, a token that holds is one that never was, to the letter', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const token = await grant(gateway.url, app)
  const elsewhere = await newTenant(gateway)
  const askers = {
    'another client of the account': basic(await newApp(gateway, session, [LIST])),
    'a client of another account that may introspect': basic(await newApp(gateway, elsewhere, [INTROSPECT])),
    'the owner of another account': bearer(elsewhere),
  }
  for (const [who, headers] of Object.entries(askers)) {
    const ofNothing = await introspect(gateway.url, 'never.was.one', headers)
    expect(await introspect(gateway.url, token, headers), who).toEqual(ofNothing)
    expect(ofNothing).toMatchObject({ status: 200, body: INACTIVE })
  }
})

test('RFC 9701 §5: whatever a request accepts, the answer is JSON, and to who may not ask it is inactive', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const token = await grant(gateway.url, app)
  const accept = { accept: 'application/token-introspection+jwt' }
  const other = await newApp(gateway, session)
  expect((await introspect(gateway.url, token, { ...basic(app), ...accept })).body.active).toBe(true)
  const answer = await introspect(gateway.url, token, { ...basic(other), ...accept })
  expect([answer.headers['content-type'], answer.body]).toEqual(['application/json; charset=utf-8', INACTIVE])
})

test('whoever holds /chatelaine/tokens/introspect is told of all tokens of the account, for any audience', async () => {
  const api = 'https://api.example.com/'
  await using gateway = await startTestGateway({ env: { RESOURCES: api } })
  const session = await gateway.signIn()
  const app = await newApp(gateway, session, [LIST])
  const resourceServer = await newApp(gateway, session, [INTROSPECT])
  const asBearer = await grant(gateway.url, resourceServer, { resource: gateway.publicUrl })
  const token = await grant(gateway.url, app, { resource: api })
  for (const headers of [basic(resourceServer), bearer(asBearer), bearer(session)])
    expect(await told(gateway, app, headers, token)).toMatchObject({
      status: 200,
      body: { active: true, client_id: app.clientId, aud: api, scope: LIST },
    })
  // A token for another audience than this server opens nothing here (RFC 9068 §4).
  const forApi = await grant(gateway.url, resourceServer, { resource: api })
  expect((await introspect(gateway.url, token, bearer(forApi))).status).toBe(401)
}, 40_000)

test('RFC 7662 §2.1 and §2.3: without authentication, or with a bearer without the right, 401 with a challenge', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const token = await grant(gateway.url, app)
  const auditor = { email: 'introspecting-auditor@example.com', password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }'
  await gateway.graphql(add, { input: { ...auditor, role: 'AUDITOR' } }, session)
  const basicChallenge = 'Basic realm="chatelaine", charset="UTF-8"'
  const [both, invalid, insufficient] = [
    `${basicChallenge}, Bearer realm="chatelaine"`,
    'Bearer realm="chatelaine", error="invalid_token"',
    'Bearer realm="chatelaine", error="insufficient_scope", scope="/chatelaine/tokens/introspect"',
  ]
  const requests: [string, Record<string, string>, string, string][] = [
    ['nothing', {}, 'invalid_client', both],
    ['a wrong secret', basic({ ...app, secret: 'wrong' }), 'invalid_client', both],
    ['an unknown scheme', { authorization: 'Digest x' }, 'invalid_client', both],
    ['the token itself', bearer(token), 'insufficient_scope', insufficient],
    ['a session without the permission', bearer(await gateway.signIn(auditor)), 'insufficient_scope', insufficient],
    ['no token of ours', bearer('x.y.z'), 'invalid_token', invalid],
    ['a session that never was', bearer(`${session}x`), 'invalid_token', invalid],
    ['an empty bearer', { authorization: 'Bearer' }, 'invalid_token', invalid],
    ['two bearers', bearer(`${session}, Bearer ${session}`), 'invalid_token', invalid],
    ['a cookie', { cookie: `chatelaine=${session}` }, 'invalid_client', both],
  ]
  for (const [what, headers, error, challenge] of requests) {
    const answer = await introspect(gateway.url, token, headers)
    expect([answer.status, answer.body.error, answer.headers['www-authenticate']], what).toEqual([
      401,
      error,
      challenge,
    ])
    expect(JSON.stringify(answer), what).not.toContain(app.clientId)
  }
})

test('RFC 6749 §2.3: a bearer and a client, or two ways of one client, are two methods: none is tried', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [INTROSPECT])
  const token = await grant(gateway.url, app)
  const secret = { client_id: app.clientId, client_secret: app.secret }
  for (const headers of [bearer(session), bearer('junk'), basic(app)]) {
    const { status, body } = await post(gateway.url, '/oauth/introspect', { token, ...secret }, headers)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  }
})

test('RFC 7662 §2.1: the token is required, its type hint says nothing, the form is the token endpoint’s', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const ask = (parameters: Parameters, path = '') =>
    post(gateway.url, `/oauth/introspect${path}`, parameters, basic(app))
  for (const hint of ['access_token', 'refresh_token', 'nothing', ''])
    expect((await ask({ token, token_type_hint: hint })).body.active, hint).toBe(true)
  for (const wrong of ['', 'token=', 'token=a&token=b'])
    expect(await ask(wrong)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  expect((await ask({ token }, `?token=${token}`)).status).toBe(400)
  const get = await fetch(`${gateway.url}/oauth/introspect?token=${token}`, { headers: basic(app) })
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
})

test('unknown, garbled and long tokens are inactive, all alike; a body over 64 KiB is 413', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const token = await grant(gateway.url, app)
  const [header = '', claims = '', signature = ''] = token.split('.')
  const garbage = [
    'x',
    '\0',
    '\u{1f511}',
    `${token}x`,
    `${header}.${claims}.`,
    `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
    ` ${token}`,
    session,
    app.secret,
    'x'.repeat(60_000),
    `${'x.'.repeat(20_000)}x`,
  ]
  const ofNothing = await introspect(gateway.url, 'never.was.one', basic(app))
  for (const one of garbage)
    expect(await introspect(gateway.url, one, basic(app)), JSON.stringify(one.slice(0, 20))).toEqual(ofNothing)
  expect((await introspect(gateway.url, 'x'.repeat(66_000), basic(app))).status).toBe(413)
})

test('while the database cannot tell, it is 503 and never active', { timeout: 60_000 }, async ({ engine }) => {
  await using database = await ownDatabase(engine)
  await using before = await startTestGateway({ env: database.env })
  const app = await newApp(before, await before.signIn(), [LIST])
  const token = await grant(before.url, app)
  expect((await introspect(before.url, token, basic(app))).body.active).toBe(true)
  await before.close()
  await database.exec('alter function find_client rename to find_no_client')
  const { port } = new URL(before.url) // the same issuer again
  await using gateway = await startTestGateway({ env: { ...before.env, PORT: port } })
  const answer = await introspect(gateway.url, token, bearer(await gateway.signIn()))
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1', 'cache-control': 'no-store' },
    body: { error: 'temporarily_unavailable' },
  })
})
