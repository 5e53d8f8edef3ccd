import { type EventStream, expect, subscribeSse, type TestGateway, test } from '../support/index.ts'

const feed = `subscription ($after: String, $heartbeat: Duration) {
  auditEvents(after: $after, heartbeat: $heartbeat) { node { sequence app { description } } }
}`
const nothingButLive = 'subscription { auditEvents(heartbeat: "PT5S") { live } }'
type Feed = { data: { auditEvents: { node: { sequence: number; app: { description: string | null } | null } | null } } }

async function createApp(gateway: TestGateway, token: string, description: string | null = null): Promise<number> {
  const { body } = await gateway.graphql<{ createApp: { errors: unknown[] } }>(
    'mutation ($description: String) { createApp(input: { name: "Watched", description: $description, scopes: [] }) { errors { code } } }',
    { description },
    token,
  )
  expect(body).toEqual({ data: { createApp: { errors: [] } } })
  return (await history(gateway, token)).at(-1)?.sequence ?? 0
}

async function history(gateway: TestGateway, token: string): Promise<{ sequence: number; cursor: string }[]> {
  const { body } = await gateway.graphql<{ auditEvents: { edges: { cursor: string; node: { sequence: number } }[] } }>(
    '{ auditEvents(last: 100) { edges { cursor node { sequence } } } }',
    {},
    token,
  )
  return (body.data?.auditEvents.edges ?? []).map(({ cursor, node }) => ({ cursor, sequence: node.sequence }))
}

const sequencesOf = (events: { data: Feed }[]) => events.map(({ data }) => data.data.auditEvents.node?.sequence)

test('every message has an id, heartbeats too, whatever was selected; and it is where the next stream goes on [feed 3]', async ({
  gateway,
  token,
}) => {
  await using stream = await subscribeSse<{ data: unknown }>(gateway.url, token, nothingButLive)
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
  })
  const greeting = await stream.next()
  expect(greeting).toEqual({
    id: expect.stringMatching(/^[\w-]{40,}$/),
    event: 'next',
    data: { data: { auditEvents: { live: true } } },
  })
  const sequence = await createApp(gateway, token)
  const event = await stream.next()
  expect(event.id).toBe((await history(gateway, token)).at(-1)?.cursor)

  await using resumed = await subscribeSse<Feed>(gateway.url, token, feed, {}, greeting.id ?? '')
  expect(sequencesOf([await resumed.next()])).toEqual([sequence])
})

test("from a list's headCursor nothing falls between the page and the feed, whatever the page was of [feed 3]", async ({
  gateway,
  token,
}) => {
  const list = 'query ($filter: AuditEventFilter) { auditEvents(first: 0, filter: $filter) { headCursor } }'
  for (const filter of [null, { types: ['AUDIT_TRIMMED'] }]) {
    const { body } = await gateway.graphql<{ auditEvents: { headCursor: string } }>(list, { filter }, token)
    const between = await createApp(gateway, token)
    await using stream = await subscribeSse<Feed>(gateway.url, token, feed, {
      after: body.data?.auditEvents.headCursor,
    })
    expect(sequencesOf([await stream.next()])).toEqual([between])
    const live = await createApp(gateway, token)
    expect(sequencesOf([await stream.next()])).toEqual([live])
  }
})

test('Last-Event-ID wins over `after`, and an empty one counts as none', async ({ gateway, token }) => {
  for (let made = 0; made < 3; made += 1) await createApp(gateway, token)
  const [first, second, third] = (await history(gateway, token)).slice(-3)
  if (!first || !second || !third) throw new Error('There is no history.')

  await using resumed = await subscribeSse<Feed>(gateway.url, token, feed, { after: second.cursor }, first.cursor)
  expect(sequencesOf(await resumed.take(2))).toEqual([second.sequence, third.sequence])
  const response = await fetch(`${gateway.url}/graphql?${new URLSearchParams({ query: feed })}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, 'last-event-id': second.cursor },
  })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('event: next')) break
  }
  expect(text).toContain(`id: ${third.cursor}\n`) // an EventSource, which comes by GET

  await using fromAfter = await subscribeSse<Feed>(gateway.url, token, feed, { after: second.cursor }, '')
  expect(sequencesOf([await fromAfter.next()])).toEqual([third.sequence])
})

const refused: [string, (token: string) => Parameters<typeof subscribeSse>, number, string][] = [
  ['a cursor of nothing', (token) => ['', token, feed, { after: 'AQEB' }], 400, 'CURSOR_INVALID'],
  ['a Last-Event-ID of nothing', (token) => ['', token, feed, {}, '../../etc'], 400, 'CURSOR_INVALID'],
  ['a heartbeat of a second', (token) => ['', token, feed, { heartbeat: 'PT1S' }], 400, 'BAD_USER_INPUT'],
  ['a syntax error', (token) => ['', token, 'subscription {'], 400, 'BAD_USER_INPUT'],
  ['nobody', () => ['', null, feed], 401, 'UNAUTHENTICATED'],
  ['a bearer that does not hold', () => ['', 'chs_gone', feed], 401, 'UNAUTHENTICATED'],
]
for (const [what, asked, status, code] of refused)
  test(`${what} gets ${status} before the first byte, because only a status stops an EventSource`, async ({
    gateway,
    token,
  }) => {
    const [, bearer, query, variables, lastEventId] = asked(token)
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
      },
      body: JSON.stringify({ query, variables }),
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json; charset=utf-8'])
    const { errors } = (await response.json()) as { errors: { extensions: object }[] }
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code }])
  })

test('a token without audit/read gets 403', async ({ gateway, token }) => {
  const made = await gateway.graphql<{ createApp: { app: { clientId: string }; clientSecret: string } }>(
    'mutation { createApp(input: { name: "Blind", scopes: ["/chatelaine/apps/read"] }) { app { clientId } clientSecret } }',
    {},
    token,
  )
  const { app, clientSecret } = made.body.data?.createApp ?? { app: { clientId: '' }, clientSecret: '' }
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: clientSecret,
  })
  const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  const { access_token } = (await answer.json()) as { access_token: string }
  await using stream = await subscribeSse(gateway.url, access_token, feed)
  expect(stream.status).toBe(403)
})

test('line ends in what somebody wrote forge no event, no id and no end', async ({ gateway, token }) => {
  await using stream = await subscribeSse<Feed>(gateway.url, token, feed, { heartbeat: 'PT1H' })
  await stream.next()
  const description = 'a\r\n\r\nevent: complete\r\ndata:\r\n\r\nid: forged\n\ndata: {}\u2028\u2029\u0085b'
  const sequence = await createApp(gateway, token, description)
  const event = await stream.next()
  expect(event.data.data.auditEvents.node).toEqual({ sequence, app: { description } })
  expect(event.id).toBe((await history(gateway, token)).at(-1)?.cursor)
  const after = await createApp(gateway, token)
  expect(sequencesOf([await stream.next()])).toEqual([after]) // and nothing between the two
})

test('what comes to its end says so with `complete`: a query over an event stream', async ({ gateway, token }) => {
  await using stream: EventStream<unknown> = await subscribeSse(gateway.url, token, '{ viewer { role } }')
  expect(await stream.take(2)).toEqual([
    { id: null, event: 'next', data: { data: { viewer: { role: 'OWNER' } } } },
    { id: null, event: 'complete', data: null },
  ])
  await expect(stream.next()).rejects.toThrow('The event stream has ended.')
})
