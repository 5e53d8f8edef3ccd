import { beforeAll } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { describe, expect, subscribe, type TestGateway, test } from '../support/index.ts'

const ROLES = ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR'] as const
type Who = (typeof ROLES)[number] | 'another account' | 'app with the scope' | 'app without' | 'nobody'
const EVERYBODY: Who[] = [...ROLES, 'another account', 'app with the scope', 'app without', 'nobody']

/** Who may; `scope`: what an app needs for it, null where no app may; `foreign`: what another account's owner gets. */
type Row = { text: string; may: Who[]; scope: string | null; foreign?: 'nothing' | 'own' }

const all: Who[] = [...ROLES]
const makers: Who[] = ['OWNER', 'ADMIN', 'DEVELOPER']
const managers: Who[] = ['OWNER', 'ADMIN']
const NO_INPUT = '{ errors { code } }'

/** One for each root field; ids stand for what the account of the first four has. A refusal comes before any mistake of input. */
const rows: Record<string, Row> = {
  'Query.viewer': { text: '{ viewer { role } }', may: all, scope: '' },
  'Query.node': { text: '{ node(id: "$app") { id } }', may: all, scope: 'apps/read', foreign: 'nothing' },
  'Query.nodes': { text: '{ nodes(ids: ["$app"]) { id } }', may: all, scope: 'apps/read', foreign: 'nothing' },
  'Query.app': { text: '{ app(id: "$app") { id } }', may: all, scope: 'apps/read', foreign: 'nothing' },
  'Query.appByClientId': {
    text: '{ appByClientId(clientId: "$client") { id } }',
    may: all,
    scope: 'apps/read',
    foreign: 'nothing',
  },
  'Query.apps': { text: '{ apps { nodes { id } totalCount } }', may: all, scope: 'apps/list' },
  'Query.products': { text: '{ products { name } }', may: EVERYBODY, scope: '' },
  'Query.scopes': { text: '{ scopes(search: "video") { name } }', may: EVERYBODY, scope: '' },
  'Query.auditEvents': { text: '{ auditEvents { nodes { id } headCursor } }', may: all, scope: 'audit/read' },
  'Query.sessions': { text: '{ sessions { id } }', may: all, scope: null },
  'Query.invitations': { text: '{ invitations { id } }', may: managers, scope: 'members/create' },
  'Mutation.createApp': {
    text: `mutation { createApp(input: {name: "", scopes: []}) ${NO_INPUT} }`,
    may: makers,
    scope: 'apps/create',
  },
  'Mutation.updateApp': {
    text: `mutation { updateApp(input: {id: "$app"}) ${NO_INPUT} }`,
    may: makers,
    scope: 'apps/update',
    foreign: 'nothing',
  },
  'Mutation.deleteApp': {
    text: `mutation { deleteApp(input: {id: "$none"}) ${NO_INPUT} }`,
    may: makers,
    scope: 'apps/delete',
  },
  'Mutation.rotateSecret': {
    text: `mutation { rotateSecret(input: {appId: "$app", gracePeriod: "P31D"}) ${NO_INPUT} }`,
    may: makers,
    scope: 'apps/rotate-secret',
  },
  'Mutation.revokeSecret': {
    text: `mutation { revokeSecret(input: {id: "$none"}) ${NO_INPUT} }`,
    may: makers,
    scope: 'apps/rotate-secret',
  },
  'Mutation.addMember': {
    text: `mutation { addMember(input: {email: "", role: AUDITOR, password: ""}) ${NO_INPUT} }`,
    may: managers,
    scope: 'members/create',
  },
  'Mutation.updateMember': {
    text: `mutation { updateMember(input: {userId: "$none", role: AUDITOR}) ${NO_INPUT} }`,
    may: managers,
    scope: 'members/update',
  },
  'Mutation.removeMember': {
    text: `mutation { removeMember(input: {userId: "$none"}) ${NO_INPUT} }`,
    may: managers,
    scope: 'members/delete',
  },
  'Mutation.inviteMember': {
    text: `mutation { inviteMember(input: {email: "", role: AUDITOR}) ${NO_INPUT} }`,
    may: managers,
    scope: 'members/create',
  },
  'Mutation.revokeInvitation': {
    text: `mutation { revokeInvitation(input: {id: "$none"}) ${NO_INPUT} }`,
    may: managers,
    scope: 'members/create',
  },
  'Mutation.createAccount': {
    text: `mutation { createAccount(input: {name: ""}) ${NO_INPUT} }`,
    may: all,
    scope: null,
  },
  'Mutation.updateAccount': {
    text: `mutation { updateAccount(input: {name: ""}) ${NO_INPUT} }`,
    may: managers,
    scope: null,
  },
  'Mutation.switchAccount': {
    text: `mutation { switchAccount(input: {accountId: "$none"}) ${NO_INPUT} }`,
    may: all,
    scope: null,
  },
  'Mutation.changePassword': {
    text: `mutation { changePassword(input: {currentPassword: "", newPassword: ""}) ${NO_INPUT} }`,
    may: all,
    scope: null,
  },
  'Mutation.revokeSession': {
    text: `mutation { revokeSession(input: {id: "$none"}) ${NO_INPUT} }`,
    may: all,
    scope: null,
  },
  'Mutation.signIn': {
    text: `mutation { signIn(input: {email: "", password: ""}) ${NO_INPUT} }`,
    may: EVERYBODY,
    scope: '',
  },
  'Mutation.acceptInvitation': {
    text: `mutation { acceptInvitation(input: {token: ""}) ${NO_INPUT} }`,
    may: EVERYBODY,
    scope: '',
  },
  'Mutation.signOut': { text: 'mutation { signOut { ok } }', may: all, scope: '' },
  'Subscription.auditEvents': {
    text: 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }',
    may: all,
    scope: 'audit/read',
  },
}

/** Everybody of the matrix, by the bearer that they come with, and the ids that they name. */
type Cast = { tokens: Map<string, string>; ids: Record<string, string> }
const casts = new WeakMap<TestGateway, Promise<Cast>>()

async function ask<T>(gateway: TestGateway, token: string, text: string, variables: object = {}): Promise<T> {
  const { body } = await gateway.graphql<T>(text, { ...variables }, token)
  if (!body.data || body.errors) throw new Error(JSON.stringify(body))
  return body.data
}

async function appToken(gateway: TestGateway, owner: string, scopes: string[]): Promise<string> {
  const { createApp } = await ask<{ createApp: { app: { clientId: string }; clientSecret: string } }>(
    gateway,
    owner,
    'mutation ($scopes: [String!]!) { createApp(input: {name: "App", scopes: $scopes}) { app { clientId } clientSecret } }',
    { scopes },
  )
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: createApp.app.clientId,
    client_secret: createApp.clientSecret,
  })
  const response = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
  return ((await response.json()) as { access_token: string }).access_token
}

async function cast(gateway: TestGateway, owner: string): Promise<Cast> {
  const password = 'correct horse battery'
  const tokens = new Map([['OWNER', owner]])
  for (const role of ROLES.slice(1)) {
    const email = `${role.toLowerCase()}@example.com`
    await ask(gateway, owner, 'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }', {
      input: { email, role, password },
    })
    tokens.set(role, await gateway.signIn({ email, password }))
  }
  const foreigner = await gateway.signIn()
  const { createAccount } = await ask<{ createAccount: { account: { id: string } } }>(
    gateway,
    foreigner,
    'mutation { createAccount(input: {name: "Other"}) { account { id } } }',
  )
  await ask(gateway, foreigner, 'mutation ($id: ID!) { switchAccount(input: {accountId: $id}) { errors { code } } }', {
    id: createAccount.account.id,
  })
  tokens.set('another account', foreigner)
  const { createApp } = await ask<{ createApp: { app: { id: string; clientId: string } } }>(
    gateway,
    owner,
    'mutation { createApp(input: {name: "Target", scopes: []}) { app { id clientId } } }',
  )
  const { app } = createApp
  const none = Buffer.from('App:01890000-0000-7000-8000-000000000000').toString('base64')
  for (const scope of new Set(Object.values(rows).flatMap((row) => row.scope || [])))
    tokens.set(scope, await appToken(gateway, owner, [`/chatelaine/${scope}`]))
  tokens.set(
    'app without',
    await appToken(gateway, owner, ['/twilio/video/rooms/list', '/chatelaine/tokens/introspect']),
  )
  return { tokens, ids: { app: app.id, client: app.clientId, none } }
}

/** What somebody is answered: the code that refused, or what there was. */
async function outcome(gateway: TestGateway, { tokens, ids }: Cast, name: string, row: Row, who: Who): Promise<string> {
  const text = row.text.replaceAll(/\$(app|client|none)/g, (_all, id: string) => ids[id] ?? '')
  const token =
    who === 'nobody' ? undefined : tokens.get(who === 'app with the scope' ? row.scope || 'app without' : who)
  if (name.startsWith('Subscription')) {
    await using subscription = subscribe(gateway.url, token ?? null, text)
    const answer = await subscription.next().catch((errors: unknown) => ({ errors }))
    const errors = (answer.errors ?? []) as { extensions: { code: string } }[]
    return errors[0]?.extensions.code ?? 'answered'
  }
  if (name === 'Mutation.signOut' && token) return 'answered' // it would end the session that the next row needs
  const { body } = await gateway.graphql<Record<string, unknown>>(text, {}, token)
  const code = body.errors?.[0]?.extensions?.code
  if (typeof code === 'string') return code
  const value = [Object.values(body.data ?? {})[0]].flat()[0]
  return value === null || value === undefined || JSON.stringify(value).includes('NOT_FOUND') ? 'nothing' : 'answered'
}

function expected(row: Row, who: Who): RegExp {
  if (who === 'nobody') return row.may.includes('nobody') ? /answered|nothing/ : /UNAUTHENTICATED|nothing/
  if (who === 'another account') return row.foreign === 'nothing' ? /^nothing$/ : /answered|nothing/
  if (who === 'app with the scope') return row.scope === null ? /^FORBIDDEN$/ : /answered|nothing/
  if (who === 'app without') return row.scope === '' ? /answered|nothing/ : /^FORBIDDEN$/
  return row.may.includes(who) ? /answered|nothing/ : /^FORBIDDEN$/
}

describe('who may do what', () => {
  beforeAll(() => {
    const fields = ['Query', 'Mutation', 'Subscription'].flatMap((type) => {
      const object = schema.getType(type)
      return object && 'getFields' in object ? Object.keys(object.getFields()).map((field) => `${type}.${field}`) : []
    })
    // A new field of the schema without a row here fails the whole file.
    expect(Object.keys(rows).sort()).toEqual(fields.sort())
  })

  for (const [name, row] of Object.entries(rows))
    test(`${name}, for each role, another account's owner, apps, and nobody`, { timeout: 60_000 }, async ({
      gateway,
      token,
    }) => {
      const made = casts.get(gateway) ?? cast(gateway, token)
      casts.set(gateway, made)
      const players = await made
      for (const who of EVERYBODY)
        expect(await outcome(gateway, players, name, row, who), who).toMatch(expected(row, who))
    })
})
