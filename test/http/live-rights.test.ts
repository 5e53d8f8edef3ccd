import { type EventStream, expect, subscribe, subscribeSse, type TestGateway, test } from '../support/index.ts'

const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

async function mutate<T = unknown>(
  gateway: TestGateway,
  token: string,
  mutation: string,
  variables: object = {},
): Promise<T> {
  const { body } = await gateway.graphql<T>(mutation, { ...variables }, token)
  expect(body.errors).toBeUndefined()
  return body.data as T
}

/** A socket and an event stream that have begun. */
async function watch(gateway: TestGateway, token: string) {
  const socket = subscribe(gateway.url, token, feed)
  const stream = await subscribeSse(gateway.url, token, feed)
  await Promise.all([socket.next(), stream.next()])
  return { closed: socket.closed, ended: untilEnd(stream) }
}

/** The kinds of messages that came until the stream ended: never `complete`, which would keep a client from coming back. */
async function untilEnd(stream: EventStream<unknown>): Promise<Set<string>> {
  const kinds = new Set<string>()
  for await (const { event } of stream) kinds.add(event)
  return kinds
}

async function createAuditApp(gateway: TestGateway, token: string) {
  const { createApp } = await mutate<{ createApp: { app: { id: string; clientId: string }; clientSecret: string } }>(
    gateway,
    token,
    'mutation { createApp(input: {name: "Watcher", scopes: ["/chatelaine/audit/read"]}) { app { id clientId } clientSecret } }',
  )
  const response = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: createApp.app.clientId,
      client_secret: createApp.clientSecret,
    }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return { id: createApp.app.id, token: access_token }
}

test('signing out ends the streams of that session with 4401, and no others', async ({ gateway, token }) => {
  const [leaving, staying] = [await gateway.signIn(), token]
  const { closed, ended } = await watch(gateway, leaving)
  const other = subscribe(gateway.url, staying, feed)
  await other.next()
  await mutate(gateway, leaving, 'mutation { signOut { ok } }')
  expect((await closed).code).toBe(4401)
  expect([...(await ended)]).not.toContain('complete')
  expect((await gateway.graphql('{ viewer { role } }', {}, leaving)).status).toBe(401)
  await mutate(gateway, staying, 'mutation { createApp(input: {name: "A", scopes: []}) { errors { code } } }')
  while ((await other.next()).data === undefined);
  await other.close()
})

const endings: [string, string, number][] = [
  [
    'disabling an app',
    'mutation ($id: ID!) { updateApp(input: {id: $id, status: DISABLED}) { errors { code } } }',
    4403,
  ],
  ['taking its scope', 'mutation ($id: ID!) { updateApp(input: {id: $id, scopes: []}) { errors { code } } }', 4403],
  ['deleting an app', 'mutation ($id: ID!) { deleteApp(input: {id: $id}) { errors { code } } }', 4401],
  [
    'ending its secrets',
    'mutation ($id: ID!) { rotateSecret(input: {appId: $id, gracePeriod: "PT0S"}) { errors { code } } }',
    4401,
  ],
]
for (const [what, mutation, code] of endings)
  test(`${what} ends the streams of its tokens with ${code}`, async ({ gateway, token }) => {
    const app = await createAuditApp(gateway, token)
    const { closed, ended } = await watch(gateway, app.token)
    await mutate(gateway, token, mutation, { id: app.id })
    expect((await closed).code).toBe(code)
    expect([...(await ended)]).not.toContain('complete')
  })

test('a secret in its grace period goes on, and so do the streams of its tokens', async ({ gateway, token }) => {
  const app = await createAuditApp(gateway, token)
  const socket = subscribe<{ auditEvents: { cursor: string } }>(gateway.url, app.token, feed)
  await socket.next()
  await mutate(
    gateway,
    token,
    'mutation ($id: ID!) { rotateSecret(input: {appId: $id, gracePeriod: "PT1H"}) { errors { code } } }',
    { id: app.id },
  )
  expect((await socket.next()).data?.auditEvents.cursor).toBeDefined()
  expect((await gateway.graphql('{ auditEvents(last: 1) { headCursor } }', {}, app.token)).status).toBe(200)
  await socket.close()
})

test('losing a role, or the membership, ends the streams of that person', async ({ gateway, token }) => {
  const credentials = { email: 'dev@example.com', password: 'correct horse battery' }
  const { addMember } = await mutate<{ addMember: { member: { user: { id: string } } } }>(
    gateway,
    token,
    'mutation ($input: AddMemberInput!) { addMember(input: $input) { member { user { id } } errors { code } } }',
    { input: { ...credentials, role: 'DEVELOPER' } },
  )
  const userId = addMember.member.user.id
  const demoted = await watch(gateway, await gateway.signIn(credentials))
  await mutate(
    gateway,
    token,
    'mutation ($userId: ID!) { updateMember(input: {userId: $userId, role: AUDITOR}) { errors { code } } }',
    { userId },
  )
  expect((await demoted.closed).code).toBe(4403)
  expect([...(await demoted.ended)]).not.toContain('complete')
  const removed = await watch(gateway, await gateway.signIn(credentials))
  await mutate(
    gateway,
    token,
    'mutation ($userId: ID!) { removeMember(input: {userId: $userId}) { errors { code } } }',
    { userId },
  )
  expect((await removed.closed).code).toBe(4401)
  expect([...(await removed.ended)]).not.toContain('complete')
})
