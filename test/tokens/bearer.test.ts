import { expect, type TestGateway, test } from '../support/index.ts'

async function mutate<T>(gateway: TestGateway, token: string, text: string, variables: object = {}): Promise<T> {
  const { body } = await gateway.graphql<T>(text, { ...variables }, token)
  if (!body.data || body.errors) throw new Error(JSON.stringify(body))
  return body.data
}

async function appWith(gateway: TestGateway, owner: string, scopes: string[]) {
  const { createApp } = await mutate<{ createApp: { app: { id: string; clientId: string }; clientSecret: string } }>(
    gateway,
    owner,
    'mutation ($scopes: [String!]!) { createApp(input: {name: "Robot", scopes: $scopes}) { app { id clientId } clientSecret } }',
    { scopes },
  )
  const { clientId, id } = createApp.app
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: createApp.clientSecret,
  })
  const response = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  return { id, token: ((await response.json()) as { access_token: string }).access_token }
}

test('an access token opens the API within its scopes, and its doings are an app’s in the history', async ({
  gateway,
  token,
}) => {
  const robot = await appWith(gateway, token, ['/chatelaine/apps/create', '/chatelaine/audit/read'])
  const viewer = await gateway.graphql(
    '{ viewer { role permissions actor { __typename ... on App { id } } } }',
    {},
    robot.token,
  )
  expect(viewer.body).toEqual({
    data: {
      viewer: { role: null, permissions: ['apps/create', 'audit/read'], actor: { __typename: 'App', id: robot.id } },
    },
  })
  await mutate(
    gateway,
    robot.token,
    'mutation { createApp(input: {name: "Made by a robot", scopes: []}) { errors { code } } }',
  )
  const { auditEvents } = await mutate<{ auditEvents: { nodes: unknown[] } }>(
    gateway,
    robot.token,
    '{ auditEvents(last: 1) { nodes { name actorType actorName actorId app { name } } } }',
  )
  expect(auditEvents.nodes).toEqual([
    {
      name: 'oauth-apps.created',
      actorType: 'APP',
      actorName: 'Robot',
      actorId: robot.id,
      app: { name: 'Made by a robot' },
    },
  ])
  // It reads the history but no apps: of an event's app it sees the name, of a list nothing.
  const refused = await gateway.graphql(
    '{ apps { nodes { id } } auditEvents(last: 1) { nodes { app { name description } } } }',
    {},
    robot.token,
  )
  expect(refused.body.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
})

test('an app gives away nothing that it does not hold, in any product', async ({ gateway, token }) => {
  const own = [
    '/chatelaine/apps/create',
    '/chatelaine/apps/update',
    '/chatelaine/apps/rotate-secret',
    '/twilio/video/rooms/list',
  ]
  const robot = await appWith(gateway, token, own)
  const mighty = await appWith(gateway, token, ['/chatelaine/members/create'])
  const attempts = [
    'mutation { createApp(input: {name: "A", scopes: ["/chatelaine/members/create"]}) { errors { code } } }',
    'mutation { createApp(input: {name: "A", scopes: ["/twilio/video/rooms/create"]}) { errors { code } } }',
    `mutation { updateApp(input: {id: "${robot.id}", scopes: ["/twilio/video/rooms/create"]}) { errors { code } } }`,
    `mutation { rotateSecret(input: {appId: "${mighty.id}", gracePeriod: "PT1H"}) { errors { code } } }`,
  ]
  for (const attempt of attempts) {
    const { body } = await gateway.graphql(attempt, {}, robot.token)
    expect(body.errors?.[0]?.extensions?.code, attempt).toBe('FORBIDDEN')
  }
  await mutate(
    gateway,
    robot.token,
    'mutation { createApp(input: {name: "A", scopes: ["/twilio/video/rooms/list"]}) { errors { code } } }',
  )
})

const ends: [string, string][] = [
  ['disabling its app', 'mutation ($id: ID!) { updateApp(input: {id: $id, status: DISABLED}) { errors { code } } }'],
  ['deleting its app', 'mutation ($id: ID!) { deleteApp(input: {id: $id}) { errors { code } } }'],
  [
    'a rotation with PT0S',
    'mutation ($id: ID!) { rotateSecret(input: {appId: $id, gracePeriod: "PT0S"}) { errors { code } } }',
  ],
]
for (const [what, mutation] of ends)
  test(`${what} ends an access token with its answer`, async ({ gateway, token }) => {
    const robot = await appWith(gateway, token, ['/chatelaine/apps/list'])
    expect((await gateway.graphql('{ apps { totalCount } }', {}, robot.token)).status).toBe(200)
    await mutate(gateway, token, mutation, { id: robot.id })
    const { status, headers, body } = await gateway.graphql('{ apps { totalCount } }', {}, robot.token)
    expect([status, body.errors?.[0]?.extensions]).toEqual([401, { code: 'UNAUTHENTICATED' }])
    expect(headers.get('www-authenticate')).toBe('Bearer realm="chatelaine", error="invalid_token"')
  })

test('a token changed in any part, or none of ours, is 401', async ({ gateway, token }) => {
  const robot = await appWith(gateway, token, ['/chatelaine/apps/list'])
  const [header = '', claims = '', signature = ''] = robot.token.split('.')
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  const longer = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), exp: 4e9 }),
  ).toString('base64url')
  for (const bearer of [
    `${none}.${claims}.`,
    `${header}.${longer}.${signature}`,
    `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
    'x',
    'chs_x',
  ])
    expect((await gateway.graphql('{ apps { totalCount } }', {}, bearer)).status, bearer.slice(0, 20)).toBe(401)
})
