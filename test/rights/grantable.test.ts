import type { Role } from '../../src/caller.ts'
import { test as base, expect, type TestGateway } from '../support/index.ts'

// Rule 20, as who calls over HTTP meets it: with a person's session, and with an app's access token.

const VIDEO = '/twilio/video/rooms/list'
const MAKES = ['/chatelaine/apps/create', '/chatelaine/apps/update', '/chatelaine/apps/rotate-secret']
const CREATES_MEMBERS = '/chatelaine/members/create'

type Made = { createApp: { app: { id: string; clientId: string } | null; clientSecret: string | null } | null }
const CREATE = `mutation ($scopes: [String!]!) {
  createApp(input: { name: "Made", scopes: $scopes }) { app { id clientId } clientSecret errors { code } }
}`
const WIDEN = `mutation ($id: ID!, $scopes: [String!]!) {
  updateApp(input: { id: $id, scopes: $scopes }) { app { id } errors { code } }
}`
const ROTATE = `mutation ($id: ID!) {
  rotateSecret(input: { appId: $id, gracePeriod: "PT0S" }) { clientSecret errors { code } }
}`
const ALL = '{ apps(first: 100) { nodes { id scopes { name } secrets { id } } } auditEvents(last: 1) { nodes { id } } }'

/** An app of the owner's with these scopes. */
async function appWith(gateway: TestGateway, token: string, scopes: string[]) {
  const { body } = await gateway.graphql<Made>(CREATE, { scopes }, token)
  const { app, clientSecret } = body.data?.createApp ?? {}
  if (!app || !clientSecret) throw new Error(`The app was not made: ${JSON.stringify(body)}`)
  return { ...app, clientSecret }
}

async function tokenOf(gateway: TestGateway, app: { clientId: string; clientSecret: string }, scopes?: string[]) {
  const form = { grant_type: 'client_credentials', client_id: app.clientId, client_secret: app.clientSecret }
  const body = new URLSearchParams(scopes ? { ...form, scope: scopes.join(' ') } : form)
  const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

type Refused = (query: string, variables: Record<string, unknown>, token: string) => Promise<void>
const test = base.extend<{ refused: Refused }>({
  /** Is FORBIDDEN, and nothing changes: not an app, a secret or the history. */
  refused: async ({ gateway, token }, use) => {
    const everything = async () => (await gateway.graphql(ALL, {}, token)).body
    await use(async (query, variables, as) => {
      const before = await everything()
      const { body } = await gateway.graphql<Record<string, unknown>>(query, variables, as)
      expect([Object.values(body.data ?? {}), body.errors?.[0]?.extensions]).toEqual([[null], { code: 'FORBIDDEN' }])
      expect(await everything()).toEqual(before)
    })
  },
})

test("an app's token creates no app with a scope that it does not hold, of any product", async ({
  gateway,
  token,
  refused,
}) => {
  const bearer = await tokenOf(gateway, await appWith(gateway, token, [...MAKES, VIDEO]))
  for (const scope of [CREATES_MEMBERS, '/twilio/video/rooms/create', '/chatelaine/apps.self/rotate-secret'])
    await refused(CREATE, { scopes: [VIDEO, scope] }, bearer)
  const { body } = await gateway.graphql(CREATE, { scopes: [VIDEO, ...MAKES] }, bearer)
  expect(body).toMatchObject({ data: { createApp: { errors: [] } } })
})

test('what the token was not asked for counts as not held, though the app has it', async ({
  gateway,
  token,
  refused,
}) => {
  const app = await appWith(gateway, token, [...MAKES, VIDEO])
  await refused(CREATE, { scopes: [VIDEO] }, await tokenOf(gateway, app, MAKES))
})

test('what was taken from the app since counts as not held, though the token says it', async ({
  gateway,
  token,
  refused,
}) => {
  const app = await appWith(gateway, token, [...MAKES, VIDEO])
  const bearer = await tokenOf(gateway, app)
  await gateway.graphql(WIDEN, { id: app.id, scopes: MAKES }, token)
  await refused(CREATE, { scopes: [VIDEO] }, bearer)
})

test("an app's token widens no app, itself included, by a scope that it does not hold", async ({
  gateway,
  token,
  refused,
}) => {
  const app = await appWith(gateway, token, MAKES)
  const bearer = await tokenOf(gateway, app)
  const other = await appWith(gateway, token, [CREATES_MEMBERS])
  for (const scope of [VIDEO, CREATES_MEMBERS]) await refused(WIDEN, { id: app.id, scopes: [...MAKES, scope] }, bearer)
  await refused(WIDEN, { id: other.id, scopes: [CREATES_MEMBERS, VIDEO] }, bearer)
  // To leave the app what it has, or to take it away, gives nothing.
  const { body } = await gateway.graphql(WIDEN, { id: other.id, scopes: [CREATES_MEMBERS, MAKES[0]] }, bearer)
  expect(body).toMatchObject({ data: { updateApp: { errors: [] } } })
})

test("an app's token gets no secret of an app with a scope that it does not hold", async ({
  gateway,
  token,
  refused,
}) => {
  const bearer = await tokenOf(gateway, await appWith(gateway, token, MAKES))
  for (const scope of [VIDEO, CREATES_MEMBERS])
    await refused(ROTATE, { id: (await appWith(gateway, token, [scope])).id }, bearer)
  const { body } = await gateway.graphql(ROTATE, { id: (await appWith(gateway, token, MAKES)).id }, bearer)
  expect(body).toMatchObject({ data: { rotateSecret: { clientSecret: expect.stringMatching(/^chtl_/), errors: [] } } })
})

test("an app's token makes, changes and removes no owner", async ({ gateway, token, refused }) => {
  const members = ['create', 'update', 'delete'].map((action) => `/chatelaine/members/${action}`)
  const bearer = await tokenOf(gateway, await appWith(gateway, token, members))
  const ask = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { member { user { id } } } }'
  const owner = { email: 'second-owner@example.com', role: 'OWNER' as Role, password: 'twelve chars' }
  await refused(ask, { input: owner }, bearer)
  type Added = { addMember: { member: { user: { id: string } } } }
  const { body } = await gateway.graphql<Added>(ask, { input: owner }, token)
  const userId = body.data?.addMember.member.user.id
  const update = 'mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { errors { code } } }'
  await refused(update, { input: { userId, role: 'ADMIN' } }, bearer)
  const remove = 'mutation ($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code } } }'
  await refused(remove, { input: { userId } }, bearer)
  const invite = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { link } }'
  await refused(invite, { input: { email: 'third-owner@example.com', role: 'OWNER' } }, bearer)
})

test('a DEVELOPER gives no app the right to make members, nor gets a secret of one that has it; an OWNER does', async ({
  gateway,
  token,
  refused,
}) => {
  const developer = { email: 'developer@example.com', password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }'
  await gateway.graphql(add, { input: { ...developer, role: 'DEVELOPER' } }, token)
  const session = await gateway.signIn(developer)
  const own = await appWith(gateway, session, [VIDEO, ...MAKES])
  await refused(CREATE, { scopes: [CREATES_MEMBERS] }, session)
  await refused(WIDEN, { id: own.id, scopes: [CREATES_MEMBERS] }, session)
  const owners = await appWith(gateway, token, [CREATES_MEMBERS])
  await refused(ROTATE, { id: owners.id }, session)
  expect((await gateway.graphql(ROTATE, { id: owners.id }, token)).body).toMatchObject({
    data: { rotateSecret: { errors: [] } },
  })
})
