import { createApp, explainAccess } from '../../src/apps/index.ts'
import type { Caller, Permission } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { builtInCatalogue, createEndpointMatcher } from '../../src/scopes/index.ts'
import { describe, expect, issued, newAccount, read, type TestInstance, test } from '../support/index.ts'

const matcher = createEndpointMatcher(builtInCatalogue('localhost'))
const READ = '/twilio/messaging/services/read'
const URL = 'https://messaging.twilio.com/v1/Services/MG1'

async function newApp(db: Database, owner: Caller, instance: TestInstance, scopes: string[]): Promise<string> {
  return issued(await createApp(db, owner, { name: 'Sender', scopes }, instance)).app.id
}
const explain = (db: Database, caller: Caller, appId: string, method: string, url: string) =>
  read(db, caller, (tx) => explainAccess(tx, caller, matcher, { appId, method, url }))

test('it is allowed by the scope itself before a wildcard, by a wildcard, or not', async ({ db, owner, instance }) => {
  const held: [string[], string | null][] = [
    [['/twilio/messaging/*', READ], READ],
    [['/twilio/messaging/*'], '/twilio/messaging/*'],
    [['/twilio/messaging/services/*'], '/twilio/messaging/services/*'],
    [['/twilio/messaging/services/list'], null],
    [[], null],
  ]
  const endpoint = { method: 'GET', host: 'messaging.twilio.com', path: '/v1/Services/{Sid}' }
  for (const [scopes, grantedBy] of held) {
    const appId = await newApp(db, owner, instance, scopes)
    const explained = await explain(db, owner, appId, 'GET', URL)
    expect(explained).toEqual({ allowed: grantedBy !== null, endpoint, requiredScopes: [READ], grantedBy })
  }
})

describe('the address', () => {
  test.for<[string, boolean]>([
    ['https://messaging.twilio.com:443/v1/Services/MG1', true],
    ['HTTPS://Messaging.Twilio.COM/v1/Services/MG1', true],
    ['https://messaging.twilio.com/v1/Services/MG1?a=/../b#c', true],
    ['https://messaging.twilio.com:8443/v1/Services/MG1', false],
    ['https://messaging.twilio.com:80/v1/Services/MG1', false],
    ['https://messaging.twilio.com/v1/x/../Services/MG1', false],
    ['https://messaging.twilio.com', false],
    ['https://messaging.twilio.com/V1/Services/MG1', false],
  ])('%s: %j', async ([url, allowed], { db, owner, instance }) => {
    const appId = await newApp(db, owner, instance, [READ])
    expect(await explain(db, owner, appId, 'GET', url)).toMatchObject({ allowed })
  })

  test.for(['ftp://messaging.twilio.com/', '/v1/Services', '', 'https://', 'https:// /', 'https://a@b/'])(
    'in %j there is none: BAD_USER_INPUT',
    async (url, { db, owner, instance }) => {
      const appId = await newApp(db, owner, instance, [])
      await expect(explain(db, owner, appId, 'GET', url)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    },
  )
})

test('a method that is none is BAD_USER_INPUT; one that nothing takes matches nothing', async ({
  db,
  owner,
  instance,
}) => {
  const appId = await newApp(db, owner, instance, [READ])
  for (const method of ['', 'GET ', 'GE\nT', 'X'.repeat(33)])
    await expect(explain(db, owner, appId, method, URL)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  const nothing = { allowed: false, endpoint: null, requiredScopes: [], grantedBy: null }
  expect(await explain(db, owner, appId, 'get', URL)).toEqual(nothing)
})

test("another account's app, and one that there is not, explain nothing; without apps/read it is FORBIDDEN", async ({
  db,
  owner,
  instance,
}) => {
  const appId = await newApp(db, owner, instance, [READ])
  expect(await explain(db, await newAccount(db), appId, 'GET', URL)).toBeNull()
  const lacking = { ...owner, permissions: new Set<Permission>(['apps.self/rotate-secret']) }
  await expect(explain(db, lacking, appId, 'GET', URL)).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('GraphQL answers it', async ({ gateway, token }) => {
  const create = 'mutation { createApp(input: {name: "Sender", scopes: ["/twilio/messaging/*"]}) { app { id } } }'
  const { body } = await gateway.graphql<{ createApp: { app: { id: string } } }>(create, {}, token)
  const query =
    'query ($appId: ID!, $url: String!) { explainAccess(appId: $appId, method: "GET", url: $url) { allowed endpoint { method host path } requiredScopes grantedBy } }'
  const asked = await gateway.graphql(query, { appId: body.data?.createApp.app.id, url: URL }, token)
  expect(asked.body.data).toEqual({
    explainAccess: {
      allowed: true,
      endpoint: { method: 'GET', host: 'messaging.twilio.com', path: '/v1/Services/{Sid}' },
      requiredScopes: [READ],
      grantedBy: '/twilio/messaging/*',
    },
  })
})
