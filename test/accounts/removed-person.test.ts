import { expect, type TestGateway, test } from '../support/index.ts'
import { newEmail } from './people.ts'

const VIEWER = '{ viewer { role } }'

async function ask<Data>(gateway: TestGateway, token: string, query: string, variables: object = {}): Promise<Data> {
  const { body } = await gateway.graphql<Data>(query, { ...variables }, token)
  if (body.errors || !body.data) throw new Error(JSON.stringify(body))
  return body.data
}

test('removing a person leaves the apps that they made working, shows who made them, and ends what was theirs', async ({
  gateway,
  token,
}) => {
  const credentials = { email: newEmail(), password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { member { user { id } } } }'
  type Added = { addMember: { member: { user: { id: string } } } }
  const added = await ask<Added>(gateway, token, add, { input: { ...credentials, role: 'DEVELOPER' } })
  const userId = added.addMember.member.user.id
  const theirs = await gateway.signIn(credentials)
  const create = `mutation { createApp(input: { name: "Left behind", scopes: ["/chatelaine/apps/list"] }) {
    clientSecret app { id clientId } } }`
  type Created = { createApp: { clientSecret: string; app: { id: string; clientId: string } } }
  const { createApp: made } = await ask<Created>(gateway, theirs, create)

  const remove = 'mutation ($userId: ID!) { removeMember(input: { userId: $userId }) { removedUserId } }'
  expect(await ask(gateway, token, remove, { userId })).toEqual({ removeMember: { removedUserId: userId } })

  expect((await gateway.graphql(VIEWER, {}, theirs)).status).toBe(401)
  await expect(gateway.signIn(credentials)).rejects.toThrow('E-mail or password is wrong.') // a person of no account signs in nowhere

  const form = { grant_type: 'client_credentials', client_id: made.app.clientId, client_secret: made.clientSecret }
  const issued = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
  expect(issued.status).toBe(200)
  const { access_token: bearer } = (await issued.json()) as { access_token: string }
  expect(await ask(gateway, bearer, VIEWER)).toEqual({ viewer: { role: null } })

  const maker = { createdBy: { email: credentials.email } }
  const app = `query ($id: ID!) { app(id: $id) { createdBy { ... on User { email } }
    secrets { createdBy { ... on User { email } } } auditEvents { nodes { actorName actor { ... on User { email } } } } } }`
  expect(await ask(gateway, token, app, { id: made.app.id })).toEqual({
    app: {
      ...maker,
      secrets: [maker],
      auditEvents: { nodes: [{ actorName: credentials.email, actor: { email: credentials.email } }] },
    },
  })
  const rotate =
    'mutation ($appId: ID!) { rotateSecret(input: { appId: $appId, gracePeriod: "PT0S" }) { errors { code } } }'
  expect(await ask(gateway, token, rotate, { appId: made.app.id })).toEqual({ rotateSecret: { errors: [] } })
})
