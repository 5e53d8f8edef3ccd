import { expect, subscribe, subscribeSse, test } from './index.ts'

const viewer = '{ viewer { role account { name } actor { ... on User { email } } } }'
const feed = `subscription ($after: String, $begin: FeedStart! = NOW, $heartbeat: Duration) {
  auditEvents(after: $after, begin: $begin, heartbeat: $heartbeat) { cursor live node { sequence type } }
}`
type Feed = { auditEvents: { cursor: string; live: boolean; node: { sequence: number; type: string } | null } }

test('answers over HTTP who is asking', async ({ gateway, token }) => {
  const { status, body } = await gateway.graphql(viewer, {}, token)
  expect(status).toBe(200)
  expect(body).toEqual({
    data: { viewer: { role: 'OWNER', account: { name: 'Default' }, actor: { email: 'owner@example.com' } } },
  })
  expect((await gateway.graphql(viewer)).body).toEqual({ data: { viewer: null } })
})

test('tells a WebSocket what happens, as it happens', async ({ gateway, token }) => {
  await using subscription = subscribe<Feed>(gateway.url, token, feed, { heartbeat: 'PT5S' })
  expect((await subscription.next()).data?.auditEvents.node).toBeNull() // from here on it listens

  const { body } = await gateway.graphql(
    'mutation { createApp(input: { name: "Billing", scopes: [] }) { errors { code } } }',
    {},
    token,
  )
  expect(body).toEqual({ data: { createApp: { errors: [] } } })
  for await (const { data } of subscription) {
    if (!data?.auditEvents.node) continue
    expect(data.auditEvents.node.type).toBe('APP_CREATED')
    break
  }
})

test('sends server-sent events with the cursor as their id, and goes on after it', async ({ gateway, token }) => {
  await using stream = await subscribeSse<{ data: Feed }>(gateway.url, token, feed, { begin: 'OLDEST' })
  expect(stream.status).toBe(200)
  const [first, second] = await stream.take(2)
  expect(first).toMatchObject({ event: 'next', data: { data: { auditEvents: { node: { sequence: 1 } } } } })
  expect(first?.id).toBe(first?.data.data.auditEvents.cursor)

  await using resumed = await subscribeSse<{ data: Feed }>(gateway.url, token, feed, {}, first?.id ?? '')
  expect((await resumed.next()).id).toBe(second?.id)
})
