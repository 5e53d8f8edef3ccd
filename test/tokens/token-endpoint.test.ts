import { expect, type TestGateway, test } from '../support/index.ts'

type App = { id: string; clientId: string; secret: string }
type Sent = {
  parameters?: Record<string, string> | [string, string][] | string
  headers?: Record<string, string>
  path?: string
  method?: string
}

async function createApp(gateway: TestGateway, token: string, scopes: string[] = []): Promise<App> {
  const { body } = await gateway.graphql<{
    createApp: { app: { id: string; clientId: string }; clientSecret: string }
  }>(
    'mutation ($scopes: [String!]!) { createApp(input: {name: "Client", scopes: $scopes}) { app { id clientId } clientSecret } }',
    { scopes },
    token,
  )
  const created = body.data?.createApp
  if (!created) throw new Error('The app was not created.')
  return { ...created.app, secret: created.clientSecret }
}

async function ask(
  gateway: TestGateway,
  { parameters = {}, headers = {}, path = '/oauth/token', method = 'POST' }: Sent,
) {
  const body =
    method === 'GET' ? undefined : typeof parameters === 'string' ? parameters : new URLSearchParams(parameters)
  const response = await fetch(gateway.url + path, { method, headers, body })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

const grant = { grant_type: 'client_credentials' }
const post = ({ clientId, secret }: App) => ({ ...grant, client_id: clientId, client_secret: secret })
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'

test('RFC 6749 §5.1: an answer is never stored, and holds no refresh token (§4.4.3)', async ({ gateway, token }) => {
  const { status, headers, body } = await ask(gateway, { parameters: post(await createApp(gateway, token)) })
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'token_type']) // without scopes there is no scope
})

test('RFC 6749 §5.2 and §3.2: what is wrong with a request is invalid_request', async ({ gateway, token }) => {
  const app = await createApp(gateway, token)
  const wrong: Sent[] = [
    { parameters: { client_id: app.clientId, client_secret: app.secret } },
    { parameters: { ...post(app), grant_type: '' } },
    { parameters: [...Object.entries(post(app)), ['grant_type', 'client_credentials']] },
    { parameters: [...Object.entries(post(app)), ['scope', 'a'], ['scope', 'b']] },
    { parameters: post(app), headers: basic(app.clientId, app.secret) }, // §2.3: two methods at once
    { parameters: { ...grant, client_id: 'ch_another' }, headers: basic(app.clientId, app.secret) },
    { parameters: grant, path: `/oauth/token?client_id=${app.clientId}&client_secret=${app.secret}` },
    { parameters: JSON.stringify(post(app)), headers: { 'content-type': 'application/json' } },
  ]
  for (const request of wrong) {
    const { status, body } = await ask(gateway, request)
    expect([status, body.error], JSON.stringify(request.parameters)).toEqual([400, 'invalid_request'])
  }
  expect((await ask(gateway, { method: 'GET' })).status).toBe(405)
  expect((await ask(gateway, { parameters: { ...post(app), padding: 'x'.repeat(70_000) } })).status).toBe(413)
})

test('RFC 6749 §5.2: every grant but client credentials is unsupported_grant_type', async ({ gateway, token }) => {
  const app = await createApp(gateway, token)
  for (const grantType of [
    'password',
    'refresh_token',
    'authorization_code',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ])
    expect((await ask(gateway, { parameters: { ...post(app), grant_type: grantType } })).body.error).toBe(
      'unsupported_grant_type',
    )
})

test('RFC 6749 §5.2: unknown, deleted, disabled clients and wrong secrets answer the same, to the letter', async ({
  gateway,
  token,
}) => {
  const [app, other, deleted, disabled] = await Promise.all([1, 2, 3, 4].map(() => createApp(gateway, token)))
  if (!app || !other || !deleted || !disabled) throw new Error('The apps were not created.')
  await gateway.graphql(
    'mutation ($id: ID!) { deleteApp(input: {id: $id}) { errors { code } } }',
    { id: deleted.id },
    token,
  )
  await gateway.graphql(
    'mutation ($id: ID!) { updateApp(input: {id: $id, status: DISABLED}) { errors { code } } }',
    { id: disabled.id },
    token,
  )
  const shownBy = async (request: Sent) => {
    const { status, headers, body } = await ask(gateway, request)
    return { status, headers: [...headers].filter(([name]) => name !== 'date'), body }
  }
  const mistyped = { ...app, secret: app.secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')) }
  const answers = await Promise.all(
    [
      { ...app, secret: other.secret },
      { ...app, clientId: 'ch_00000000000000000000000000' },
      { ...app, secret: 'x' },
      { ...app, secret: 'x'.repeat(2000) },
      { ...app, secret: `${app.secret}\0` },
      mistyped,
      deleted,
      disabled,
    ].map((client) => shownBy({ parameters: post(client) })),
  )
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(answers[0]).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect(new Map(answers[0]?.headers).get('www-authenticate')).toMatch(/^Basic /)
})

test('RFC 6749 §2.3.1: Basic credentials are form-encoded, and junk is invalid_client', async ({ gateway, token }) => {
  const app = await createApp(gateway, token)
  const encoded = basic(app.clientId.replace('_', '%5F'), app.secret)
  expect((await ask(gateway, { parameters: grant, headers: encoded })).status).toBe(200)
  for (const authorization of [
    'Basic',
    'Basic !!!',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
    `Basic ${Buffer.from('a%:b').toString('base64')}`,
    'Bearer abc',
  ]) {
    const { status, body } = await ask(gateway, { parameters: grant, headers: { authorization } })
    expect([status, body.error], authorization).toEqual([401, 'invalid_client'])
  }
  expect((await ask(gateway, { parameters: grant })).body.error).toBe('invalid_client')
})

test('RFC 6749 §3.3: scope narrows to what the client has, else invalid_scope', async ({ gateway, token }) => {
  const app = await createApp(gateway, token, [LIST, READ])
  const scoped = async (scope: string) => (await ask(gateway, { parameters: { ...post(app), scope } })).body
  expect((await scoped(READ)).scope).toBe(READ)
  expect((await scoped('')).scope).toBe(`${LIST} ${READ}`) // an empty parameter is as if left out
  for (const scope of [
    '/twilio/messaging/messages/create',
    `${READ} ${READ}`,
    `${READ}  ${LIST}`,
    `"${READ}"`,
    'a\\b',
    'a\r\nb',
    'a\0',
    'x'.repeat(10_000),
  ])
    expect((await scoped(scope)).error, scope.slice(0, 60)).toBe('invalid_scope')
})

test('RFC 8707 §2: resource is one of ours, else invalid_target', async ({ gateway, token }) => {
  const app = await createApp(gateway, token)
  const own = await ask(gateway, { parameters: { ...post(app), resource: gateway.publicUrl } })
  expect(own.status).toBe(200)
  expect((await ask(gateway, { parameters: { ...post(app), resource: 'https://elsewhere.example' } })).body.error).toBe(
    'invalid_target',
  )
})
