import { permissions } from '../../src/caller.ts'
import { expect, test } from '../support/index.ts'

const PEOPLE_ONLY = {
  sessions: '{ sessions { id } }',
  signOut: 'mutation { signOut { ok } }',
  createAccount: 'mutation { createAccount(input: { name: "Another" }) { errors { code } } }',
  switchAccount: 'mutation { switchAccount(input: { accountId: "any" }) { errors { code } } }',
  changePassword:
    'mutation { changePassword(input: { currentPassword: "twelve chars", newPassword: "twelve chars" }) { ok } }',
  revokeSession: 'mutation { revokeSession(input: { id: "any" }) { errors { code } } }',
}

test("what is people's alone refuses an app's token in the same words, whatever its scopes", async ({
  gateway,
  token,
}) => {
  const scopes = permissions.map((name) => `/chatelaine/${name}`)
  const create = `mutation ($scopes: [String!]!) { createApp(input: { name: "All", scopes: $scopes }) { clientSecret app { clientId } } }`
  type Created = { createApp: { clientSecret: string; app: { clientId: string } } }
  const made = (await gateway.graphql<Created>(create, { scopes }, token)).body.data?.createApp
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: made?.app.clientId ?? '',
    client_secret: made?.clientSecret ?? '',
  })
  const issued = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  const { access_token: bearer } = (await issued.json()) as { access_token: string }
  const history = () => gateway.graphql('{ auditEvents(last: 1) { nodes { id } } }', {}, token)
  const before = (await history()).body
  for (const [field, query] of Object.entries(PEOPLE_ONLY)) {
    const forbidden = { path: [field], message: 'This is for people, not for apps.', extensions: { code: 'FORBIDDEN' } }
    expect((await gateway.graphql(query, {}, bearer)).body).toEqual({
      data: { [field]: null },
      errors: [{ ...forbidden, locations: expect.any(Array) }],
    })
  }
  expect((await history()).body).toEqual(before)
  expect((await gateway.graphql('{ viewer { role } }', {}, bearer)).body).toEqual({ data: { viewer: { role: null } } })
})

test('what stands behind signOut in one operation runs as nobody', async ({ gateway, token }) => {
  const leaving = await gateway.signIn()
  const operation = `mutation { signOut { ok } createApp(input: { name: "Left behind", scopes: [] }) { errors { code } } }`
  expect((await gateway.graphql(operation, {}, leaving)).body).toMatchObject({
    data: { signOut: { ok: true }, createApp: null },
    errors: [{ path: ['createApp'], extensions: { code: 'UNAUTHENTICATED' } }],
  })
  const apps = '{ apps(filter: { search: "Left behind" }) { totalCount } }'
  expect((await gateway.graphql(apps, {}, token)).body).toEqual({ data: { apps: { totalCount: 0 } } })
})
