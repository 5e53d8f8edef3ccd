import { test as base, expect, type TestGateway } from '../support/index.ts'

// An app whose token has /chatelaine/apps.self/rotate-secret, over HTTP: what it may do with itself. What it may not do
// with others is in the matrix (every-field.test.ts, `self`).

const SELF = '/chatelaine/apps.self/rotate-secret'
const VIDEO = '/twilio/video/rooms/list'

type App = { id: string; clientId: string; clientSecret: string; secretId: string }
type Ask = (query: string, variables?: object, as?: string) => Promise<Outcome>
type Outcome = { data: Record<string, unknown> | null | undefined; code: unknown }

async function newApp(gateway: TestGateway, token: string, scopes = [SELF, VIDEO]): Promise<App> {
  type Made = { createApp: { app: { id: string; clientId: string }; clientSecret: string; secret: { id: string } } }
  const { body } = await gateway.graphql<Made>(
    'mutation ($scopes: [String!]!) { createApp(input: { name: "Robot", scopes: $scopes }) { app { id clientId } secret { id } clientSecret } }',
    { scopes },
    token,
  )
  if (!body.data) throw new Error(JSON.stringify(body))
  const { app, secret, clientSecret } = body.data.createApp
  return { ...app, clientSecret, secretId: secret.id }
}

async function tokenOf(gateway: TestGateway, app: Pick<App, 'clientId' | 'clientSecret'>, scope?: string) {
  const form = { grant_type: 'client_credentials', client_id: app.clientId, client_secret: app.clientSecret }
  const body = new URLSearchParams(scope ? { ...form, scope } : form)
  const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

const test = base.extend<{ robot: App; bearer: string; ask: Ask }>({
  robot: async ({ gateway, token }, use) => use(await newApp(gateway, token)),
  bearer: async ({ gateway, robot }, use) => use(await tokenOf(gateway, robot)),
  /** As the robot, unless told otherwise. */
  ask: async ({ gateway, bearer }, use) =>
    use(async (query, variables, as = bearer) => {
      const { body } = await gateway.graphql(query, { ...variables }, as)
      return { data: body.data, code: body.errors?.[0]?.extensions?.code }
    }),
})

const ROTATE = `mutation ($input: RotateSecretInput!) {
  rotateSecret(input: $input) { app { id } secret { id status } clientSecret errors { code path } }
}`

test('it reads who it is, itself and its own secrets', async ({ robot, ask }) => {
  const fields = 'id clientId scopes { name } createdBy { __typename } secrets { id current lastUsedAt }'
  const app = {
    id: robot.id,
    clientId: robot.clientId,
    scopes: [{ name: SELF }, { name: VIDEO }],
    createdBy: { __typename: 'User' },
    secrets: [expect.objectContaining({ id: robot.secretId, current: true })],
  }
  const viewer = `{ viewer { permissions role actor { ... on App { ${fields} } } } }`
  expect(await ask(viewer)).toEqual({
    data: { viewer: { permissions: ['apps.self/rotate-secret'], role: null, actor: app } },
    code: undefined,
  })
  const all = `query ($id: ID!, $clientId: String!, $secret: ID!) {
    app(id: $id) { ${fields} } byClientId: appByClientId(clientId: $clientId) { ${fields} }
    node(id: $id) { ... on App { ${fields} } } nodes(ids: [$id, $secret]) { id } secret: node(id: $secret) { id }
  }`
  expect(await ask(all, { id: robot.id, clientId: robot.clientId, secret: robot.secretId })).toEqual({
    data: {
      app,
      byClientId: app,
      node: app,
      nodes: [{ id: robot.id }, { id: robot.secretId }],
      secret: { id: robot.secretId },
    },
    code: undefined,
  })
})

test('it rotates its own secret, and with the new one ends the old one', async ({ gateway, robot, ask }) => {
  const input = { appId: robot.id, gracePeriod: 'PT10M' }
  const { data } = await ask(ROTATE, { input })
  expect(data).toEqual({
    rotateSecret: {
      app: { id: robot.id },
      secret: { id: expect.any(String), status: 'CURRENT' },
      clientSecret: expect.stringMatching(/^chtl_/),
      errors: [],
    },
  })
  const { clientSecret } = Object(data?.rotateSecret) as { clientSecret: string }
  const renewed = await tokenOf(gateway, { ...robot, clientSecret })
  const revoke =
    'mutation ($id: ID!) { revokeSecret(input: { id: $id }) { app { secrets { status } } errors { code } } }'
  expect(await ask(revoke, { id: robot.secretId }, renewed)).toEqual({
    data: { revokeSecret: { app: { secrets: [{ status: 'CURRENT' }] }, errors: [] } },
    code: undefined,
  })
  // The old one's tokens went with it, the new one's go on.
  expect((await ask('{ viewer { role } }')).code).toBe('UNAUTHENTICATED')
  expect(await ask(ROTATE, { input }, renewed)).toMatchObject({ data: { rotateSecret: { errors: [] } } })
})

test('a leaked old secret is no foothold: its tokens rotate nothing', async ({ gateway, token, robot, ask }) => {
  const input = { appId: robot.id, gracePeriod: 'PT1H' }
  expect(await ask(ROTATE, { input }, token)).toMatchObject({ data: { rotateSecret: { errors: [] } } })
  const madeWithOld = await tokenOf(gateway, robot)
  expect(await ask(ROTATE, { input }, madeWithOld)).toEqual({ data: { rotateSecret: null }, code: 'FORBIDDEN' })
  expect(await ask(ROTATE, { input })).toEqual({ data: { rotateSecret: null }, code: 'FORBIDDEN' })
})

test('an answer that was lost is answered again to the token that stands on the old secret by now', async ({
  gateway,
  robot,
  ask,
}) => {
  const input = { appId: robot.id, gracePeriod: 'PT10M', idempotencyKey: 'deploy-1' }
  const first = await ask(ROTATE, { input })
  expect(await ask(ROTATE, { input })).toEqual(first)
  expect(await ask(ROTATE, { input }, await tokenOf(gateway, robot))).toEqual(first)
})

test('a token that was narrowed opens less than the new secret would, so it rotates nothing', async ({
  gateway,
  robot,
  ask,
}) => {
  const input = { appId: robot.id, gracePeriod: 'PT10M' }
  const narrow = await tokenOf(gateway, robot, SELF)
  expect(await ask(ROTATE, { input }, narrow)).toEqual({ data: { rotateSecret: null }, code: 'FORBIDDEN' })
})

test('below PT10M it is OUT_OF_RANGE', async ({ robot, ask }) => {
  expect(await ask(ROTATE, { input: { appId: robot.id, gracePeriod: 'PT9M59S' } })).toMatchObject({
    data: { rotateSecret: { clientSecret: null, errors: [{ code: 'OUT_OF_RANGE', path: ['input', 'gracePeriod'] }] } },
  })
})

test('it may do nothing else with itself', async ({ robot, ask }) => {
  const id = { id: robot.id }
  const appId = { appId: robot.id }
  const refused: [string, string, object][] = [
    ['updateApp', 'UpdateAppInput!', { ...id, name: 'Other' }],
    ['deleteApp', 'DeleteAppInput!', id],
    ['revokeTokens', 'RevokeTokensInput!', appId],
    ['undoRotation', 'UndoRotationInput!', { ...appId, secretId: robot.secretId }],
    ['setSecretEnabled', 'SetSecretEnabledInput!', { id: robot.secretId, enabled: false }],
  ]
  for (const [field, type, input] of refused)
    expect(await ask(`mutation ($input: ${type}) { ${field}(input: $input) { errors { code } } }`, { input })).toEqual({
      data: { [field]: null },
      code: 'FORBIDDEN',
    })
  const history = await ask(`{ app(id: "${robot.id}") { auditEvents { nodes { id } } } }`)
  expect(history).toEqual({ data: { app: null }, code: 'FORBIDDEN' })
  expect((await ask('{ apps { nodes { id } } }')).code).toBe('FORBIDDEN')
})
