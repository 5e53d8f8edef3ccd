import { describe, expect } from '../support/index.ts'
import { basic, bearer, claimsOf, grant, introspect, newApp, post, test } from './oauth.ts'

const ALL = '/twilio/messaging/*'
const OF_MESSAGES = '/twilio/messaging/messages/*'
const READ = '/twilio/messaging/messages/read'
const UPDATE =
  'mutation ($id: ID!, $scopes: [String!]!) { updateApp(input: {id: $id, scopes: $scopes}) { errors { code } } }'

describe('an app with a wildcard', () => {
  test('gets tokens that carry it as it is, or narrowed to what the catalogue has below it', async ({
    gateway,
    token,
  }) => {
    const app = await newApp(gateway, token, [ALL])
    expect(claimsOf(await grant(gateway.url, app)).scope).toBe(ALL)
    for (const scope of [ALL, OF_MESSAGES, READ, `${READ} ${OF_MESSAGES}`])
      expect(claimsOf(await grant(gateway.url, app, { scope })).scope).toBe(scope)
    for (const scope of ['/twilio/*', '/twilio/studio/flows/read', '/twilio/messaging/nothing/read', `${READ}/*`]) {
      const form = { grant_type: 'client_credentials', scope }
      const { status, body } = await post(gateway.url, '/oauth/token', form, basic(app))
      expect([scope, status, body.error]).toEqual([scope, 400, 'invalid_scope'])
    }
  })

  test('loses it for one scope, and its token stands for that one at once', async ({ gateway, token }) => {
    const app = await newApp(gateway, token, [ALL])
    const [whole, narrowed] = [await grant(gateway.url, app), await grant(gateway.url, app, { scope: READ })]
    const other = await grant(gateway.url, app, { scope: '/twilio/messaging/services/list' })
    await gateway.graphql(UPDATE, { id: app.id, scopes: [OF_MESSAGES] }, token)
    const scopeOf = async (each: string) => (await introspect(gateway.url, each, basic(app))).body.scope
    expect([await scopeOf(whole), await scopeOf(narrowed), await scopeOf(other)]).toEqual([
      OF_MESSAGES,
      READ,
      undefined,
    ])
    await gateway.graphql(UPDATE, { id: app.id, scopes: [READ] }, token)
    expect([await scopeOf(whole), await scopeOf(narrowed)]).toEqual([READ, READ])
  })

  test('over Chatelaine itself may do what it covers, and nothing else', async ({ gateway, token }) => {
    const app = await newApp(gateway, token, ['/chatelaine/apps/*', '/chatelaine/tokens/*'])
    const access = await grant(gateway.url, app, { resource: gateway.publicUrl })
    const code = async (query: string) => (await gateway.graphql(query, {}, access)).body.errors?.[0]?.extensions?.code
    expect(await code('{ apps { nodes { name } } }')).toBeUndefined()
    expect(await code('{ auditEvents { nodes { sequence } } }')).toBe('FORBIDDEN')
    const another = await grant(gateway.url, await newApp(gateway, token, [READ]))
    expect((await introspect(gateway.url, another, bearer(access))).body).toMatchObject({ active: true, scope: READ })
  })
})

test('GraphQL shows it as one scope, without endpoints', async ({ gateway, token }) => {
  const { id } = await newApp(gateway, token, [ALL, OF_MESSAGES, '/chatelaine/*'])
  type Shown = { app: { scopes: { id: string }[] } }
  const query =
    'query ($id: ID!) { app(id: $id) { scopes { id name title resource action wildcard product { name } endpoints { path } } } }'
  const { body } = await gateway.graphql<Shown>(query, { id }, token)
  const common = { action: '*', wildcard: true, endpoints: [] }
  expect(body.data?.app.scopes).toMatchObject([
    { ...common, name: ALL, title: 'Everything', resource: '*', product: { name: 'messaging' } },
    { ...common, name: OF_MESSAGES, title: 'Everything of messages', resource: 'messages' },
    { ...common, name: '/chatelaine/*', title: 'Everything', resource: '*', product: { name: 'chatelaine' } },
  ])
  const node = 'query ($id: ID!) { node(id: $id) { ... on Scope { name } } }'
  const found = await gateway.graphql(node, { id: body.data?.app.scopes[0]?.id }, token)
  expect(found.body.data).toEqual({ node: { name: ALL } })
})
