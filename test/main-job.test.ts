import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, subscribe, subscribeSse, type TestGateway, test } from './support/index.ts'

const feed = `subscription ($after: String) { auditEvents(after: $after, heartbeat: "PT1H") {
  cursor live node { sequence name actorName source sourceIp gracePeriod secretExpiresAt occurredAt app { name } changes { field before after } } } }`
type Node = {
  sequence: number
  name: string
  actorName: string
  source: string
  sourceIp: string
  gracePeriod: string | null
  secretExpiresAt: string | null
  occurredAt: string
  app: { name: string } | null
  changes: { field: string; before: unknown; after: unknown }[]
}
type Feed = { auditEvents: { cursor: string; live: boolean; node: Node | null } }
const LIST = '/twilio/messaging/messages/list'

test('the main job: create an app, get tokens, rotate its secret, watch it live, and come back', async ({
  gateway,
  token,
}) => {
  await using socket = subscribe<Feed>(gateway.url, token, feed)
  await using stream = await subscribeSse<{ data: Feed }>(gateway.url, token, feed)
  const begin = (await socket.next()).data?.auditEvents
  expect(begin).toMatchObject({ node: null, live: true })
  expect((await stream.next()).id).toBe(begin?.cursor)

  const ask = async <T>(query: string, variables: object): Promise<T> => {
    const { body } = await gateway.graphql<T>(query, { ...variables }, token)
    expect(body.errors).toBeUndefined()
    return body.data as T
  }
  const { createApp } = await ask<{
    createApp: {
      app: { id: string; clientId: string; tokenLifetime: string }
      secret: { id: string }
      clientSecret: string
    }
  }>(
    'mutation ($input: CreateAppInput!) { createApp(input: $input) { app { id clientId tokenLifetime } secret { id } clientSecret errors { code } } }',
    { input: { name: ' Billing ', description: 'Invoices', tokenLifetime: 'PT30M', scopes: [LIST] } },
  )
  const { id, clientId, tokenLifetime } = createApp.app
  const { viewer } = await ask<{ viewer: { account: { id: string } } }>('{ viewer { account { id } } }', {})
  expect(tokenLifetime).toBe('PT30M')

  for (const how of ['basic', 'form'] as const) {
    const answer = await askToken(gateway, clientId, createApp.clientSecret, how)
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 1800, scope: LIST } })
    const jwks = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
    const { payload } = await jwtVerify(String(answer.body.access_token), createLocalJWKSet(jwks), {
      typ: 'at+jwt',
      issuer: gateway.publicUrl,
      audience: gateway.publicUrl,
      subject: clientId,
    })
    expect(payload).toMatchObject({ client_id: clientId, scope: LIST, jti: expect.any(String) })
    expect([globalId('Account', payload.account_id), globalId('Secret', payload.secret_id)]).toEqual([
      viewer.account.id,
      createApp.secret.id,
    ])
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(1800)
  }

  const rotate = async (gracePeriod: string) =>
    (
      await ask<{ rotateSecret: { clientSecret: string; previousSecretExpiresAt: string } }>(
        'mutation ($input: RotateSecretInput!) { rotateSecret(input: $input) { clientSecret previousSecretExpiresAt errors { code } } }',
        { input: { appId: id, gracePeriod } },
      )
    ).rotateSecret
  const second = await rotate('P7D')
  const works = async (secret: string) => (await askToken(gateway, clientId, secret, 'basic')).status
  expect(await Promise.all([createApp.clientSecret, second.clientSecret].map(works))).toEqual([200, 200])
  const third = await rotate('PT0S')
  expect(await Promise.all([createApp.clientSecret, second.clientSecret, third.clientSecret].map(works))).toEqual([
    401, 401, 200,
  ])

  await ask('mutation ($input: UpdateAppInput!) { updateApp(input: $input) { errors { code } } }', {
    input: { id, name: 'Invoices', description: null },
  })
  await ask('mutation ($input: DeleteAppInput!) { deleteApp(input: $input) { errors { code } } }', { input: { id } })
  expect(await works(third.clientSecret)).toBe(401)

  const bySocket = (await socket.take(5)).map(({ data }) => data?.auditEvents.node)
  const byStream = (await stream.take(5)).map(({ data }) => data.data.auditEvents.node)
  expect(byStream).toEqual(bySocket)
  const [created, rotated, ended, updated, deleted] = bySocket as [Node, Node, Node, Node, Node]
  expect(bySocket.map((node) => node?.sequence)).toEqual([0, 1, 2, 3, 4].map((step) => created.sequence + step))
  expect(bySocket.map((node) => node?.name)).toEqual(
    ['created', 'secret-rotated', 'secret-rotated', 'updated', 'deleted'].map((what) => `oauth-apps.${what}`),
  )
  for (const node of bySocket)
    expect(node).toMatchObject({ actorName: 'owner@example.com', source: 'API', sourceIp: '127.0.0.1' })
  expect(created.changes.slice(0, 4)).toEqual([
    { field: 'name', before: null, after: 'Billing' },
    { field: 'description', before: null, after: 'Invoices' },
    { field: 'tokenLifetime', before: null, after: 'PT30M' },
    { field: 'scopes', before: null, after: [LIST] },
  ])
  expect([rotated.gracePeriod, ended.gracePeriod]).toEqual(['P7D', 'PT0S'])
  expect(rotated.secretExpiresAt).toBe(second.previousSecretExpiresAt)
  expect(Date.parse(second.previousSecretExpiresAt) - Date.parse(rotated.occurredAt)).toBe(7 * 86_400_000)
  expect(updated.changes).toEqual([
    { field: 'name', before: 'Billing', after: 'Invoices' },
    { field: 'description', before: 'Invoices', after: null },
  ])
  expect(deleted.app).toEqual({ name: 'Invoices' }) // gone, and the history still says what it was called

  // Back with the cursor of the first event: the rest, then live.
  await using reopened = await subscribeSse<{ data: Feed }>(
    gateway.url,
    token,
    feed,
    {},
    await cursorOf(gateway, token, created.sequence),
  )
  await using resumed = subscribe<Feed>(gateway.url, token, feed, {
    after: await cursorOf(gateway, token, created.sequence),
  })
  const replayed = await resumed.take(6)
  expect(replayed.map(({ data }) => data?.auditEvents.node?.sequence ?? null)).toEqual([
    null,
    ...[rotated, ended, updated, deleted].map(({ sequence }) => sequence),
    null,
  ])
  expect(replayed.map(({ data }) => data?.auditEvents.live)).toEqual([false, false, false, false, false, true])
  expect((await reopened.take(6)).map(({ data }) => data.data)).toEqual(replayed.map(({ data }) => data))
  await ask('mutation { createApp(input: { name: "Next", scopes: [] }) { errors { code } } }', {})
  expect((await resumed.next()).data?.auditEvents).toMatchObject({
    live: true,
    node: { sequence: deleted.sequence + 1 },
  })
  expect((await reopened.next()).data.data.auditEvents.node?.sequence).toBe(deleted.sequence + 1)
})

/** As GraphQL shows the id that a token holds. */
const globalId = (type: string, id: unknown) => btoa(`${type}:${id}`)

async function askToken(gateway: TestGateway, clientId: string, secret: string, how: 'basic' | 'form') {
  const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64')
  const response = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: how === 'basic' ? { authorization: `Basic ${credentials}` } : {},
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(how === 'form' && { client_id: clientId, client_secret: secret }),
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function cursorOf(gateway: TestGateway, token: string, sequence: number): Promise<string> {
  const { body } = await gateway.graphql<{ auditEvents: { edges: { cursor: string; node: { sequence: number } }[] } }>(
    '{ auditEvents(first: 100) { edges { cursor node { sequence } } } }',
    {},
    token,
  )
  return body.data?.auditEvents.edges.find(({ node }) => node.sequence === sequence)?.cursor ?? ''
}
