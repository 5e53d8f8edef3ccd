import type { Permission } from '../../src/caller.ts'
import { type Asker, askers, type Ids, newEmail, PUBLIC_KEY, type World } from './world.ts'

/** One field of a root type, or one type of `node`: how it is asked, and what each asker gets. */
export type Row = {
  /** `Query.app`, `node(App)` */
  name: string
  field: string
  query: string
  /** Null for what no permission opens: the app's tokens are then one with all, and one as well. */
  permission: Permission | null
  variables: (ids: Ids, asker: Asker, world: World | null) => Promise<Record<string, unknown>>
  expected: Record<Asker, string>
  /** Whether another account's id may be asked for. */
  byId: boolean
  /** Ends the session that asks. */
  ends?: boolean
}

/**
 * In the askers' order: OWNER ADMIN DEVELOPER AUDITOR stranger with without nobody. What is not itself an app with the
 * right to rotate its own secret sees as one without the permission does.
 */
function expected(outcomes: string): Record<Asker, string> {
  const words = outcomes
    .replaceAll('NO', 'FORBIDDEN')
    .replaceAll('401', 'UNAUTHENTICATED')
    .replaceAll('404', 'NOT_FOUND')
    .replaceAll('BAD', 'BAD_USER_INPUT')
    .split(' ')
  const without = words[askers.indexOf('without')]
  return Object.fromEntries(askers.map((asker, index) => [asker, words[index] ?? without])) as Record<Asker, string>
}

type Variables = Row['variables']
const none: Variables = async () => ({})

function query(field: string, selection: string, permission: Permission | null, outcomes: string): Row {
  return {
    name: `Query.${field}`,
    field,
    query: `{ ${field}${selection} }`,
    permission,
    variables: none,
    expected: expected(outcomes),
    byId: false,
  }
}

function queryById(
  field: string,
  argument: string,
  permission: Permission | null,
  outcomes: string,
  value: (ids: Ids) => Promise<unknown>,
): Row {
  const [name, type] = argument.split(': ')
  return {
    name: `Query.${field}`,
    field,
    query: `query ($v: ${type}) { ${field}(${name}: $v) { __typename } }`,
    permission,
    variables: async (ids) => ({ v: await value(ids) }),
    expected: expected(outcomes),
    byId: true,
  }
}

function node(
  type: string,
  permission: Permission | null,
  outcomes: string,
  id: (ids: Ids) => Promise<string>,
  byId = true,
): Row {
  return {
    name: `node(${type})`,
    field: 'node',
    query: `query ($id: ID!) { node(id: $id) { __typename id } }`,
    permission,
    variables: async (ids) => ({ id: await id(ids) }),
    expected: expected(outcomes),
    byId,
  }
}

type Input = (ids: Ids, asker: Asker, world: World | null) => Promise<Record<string, unknown>>
function mutation(field: string, permission: Permission | null, outcomes: string, input: Input, byId = false): Row {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input!`
  return {
    name: `Mutation.${field}`,
    field,
    query: `mutation ($input: ${type}) { ${field}(input: $input) { errors { path code message } } }`,
    permission,
    variables: async (...given) => ({ input: await input(...given) }),
    expected: expected(outcomes),
    byId,
  }
}

const named = (kind: string, value: string) => Buffer.from(`${kind}:${value}`).toString('base64')
const password = 'twelve chars'

export const rows: Row[] = [
  query('viewer', ' { role permissions account { id } }', null, 'OK OK OK OK OK OK OK null'),
  query('apps', ' { nodes { id name } totalCount }', 'apps/list', 'OK OK OK OK OK OK NO 401'),
  query('auditEvents', ' { nodes { id actorName } }', 'audit/read', 'OK OK OK OK OK OK NO 401'),
  query('auditCheckpoint', '(size: 0) { size note }', 'audit/read', 'null null null null null null NO 401'),
  query('auditSeal', ' { sealedSize headSize }', 'audit/read', 'OK OK OK OK OK OK NO 401'),
  query('auditInclusionProof', '(sequence: 0, size: 0) { hashes }', 'audit/read', 'BAD BAD BAD BAD BAD BAD NO 401'),
  query('auditConsistencyProof', '(fromSize: 0, toSize: 0) { hashes }', 'audit/read', 'OK OK OK OK OK OK NO 401'),
  query('verifyAudit', ' { intact complete }', 'audit/read', 'OK OK OK OK OK OK NO 401'),
  {
    // Of the account's first event, when there was no app yet.
    ...queryById('appAt', 'id: ID!', 'apps/read', 'null null null null null null NO 401', (ids) => ids.app()),
    query: 'query ($v: ID!) { appAt(id: $v, sequence: 1) { deleted } }',
  },
  {
    ...queryById('explainAccess', 'appId: ID!', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.app()),
    query: 'query ($v: ID!) { explainAccess(appId: $v, method: "GET", url: "https://localhost/") { allowed } }',
  },
  query('invitations', ' { id email }', 'members/create', 'OK OK NO NO OK OK NO 401'),
  query('sessions', ' { id ip }', null, 'OK OK OK OK OK NO NO 401'),
  query('products', ' { id name }', null, 'OK OK OK OK OK OK OK OK'),
  query('scopes', '(product: "chatelaine") { id name }', null, 'OK OK OK OK OK OK OK OK'),
  queryById('app', 'id: ID!', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.app()),
  queryById('appByClientId', 'clientId: String!', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.clientId()),
  queryById('nodes', 'ids: [ID!]!', 'apps/read', 'OK OK OK OK null OK NO 401', async (ids) => [
    await ids.app(),
    await ids.secret(),
  ]),
  queryById('node', 'id: ID!', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.app()),

  node('Account', null, 'OK OK OK OK null OK OK 401', (ids) => ids.account()),
  node('App', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.app()),
  node('AppKey', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.key()),
  node('AuditEvent', 'audit/read', 'OK OK OK OK null OK NO 401', (ids) => ids.event()),
  node('Invitation', 'members/create', 'OK OK NO NO null OK NO 401', (ids) => ids.invitation()),
  node('Member', 'members/list', 'OK OK OK OK null OK NO 401', (ids) => ids.member()),
  node('Product', null, 'OK OK OK OK OK OK OK OK', async () => named('Product', 'chatelaine'), false),
  node('Scope', null, 'OK OK OK OK OK OK OK OK', async () => named('Scope', '/chatelaine/apps/list'), false),
  node('Secret', 'apps/read', 'OK OK OK OK null OK NO 401', (ids) => ids.secret()),
  // The OWNER's: of no use to anybody else, of the same account or not.
  node('Session', null, 'OK null null null null NO NO 401', (ids) => ids.session()),
  node('User', 'members/list', 'OK OK OK OK null OK NO 401', (ids) => ids.user()),

  mutation('createApp', 'apps/create', 'OK OK OK NO OK OK NO 401', async () => ({ name: 'New', scopes: [] })),
  mutation(
    'updateApp',
    'apps/update',
    'OK OK OK NO 404 OK NO 401',
    async (ids, asker) => ({ id: await ids.app(), description: asker }),
    true,
  ),
  mutation('deleteApp', 'apps/delete', 'OK OK OK NO 404 OK NO 401', async (ids) => ({ id: await ids.newApp() }), true),
  mutation(
    'rotateSecret',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ appId: await ids.newApp(), gracePeriod: 'PT0S' }),
    true,
  ),
  mutation(
    'revokeSecret',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ id: await ids.newOldSecret() }),
    true,
  ),
  mutation('undoRotation', 'apps/rotate-secret', 'OK OK OK NO 404 OK NO 401', (ids) => ids.newRotation(), true),
  mutation(
    'setSecretEnabled',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ id: await ids.newOldSecret(), enabled: false }),
    true,
  ),
  mutation(
    'revokeTokens',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ appId: await ids.newApp() }),
    true,
  ),
  mutation(
    'addAppKey',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ appId: await ids.newApp(), jwk: PUBLIC_KEY }),
    true,
  ),
  mutation(
    'removeAppKey',
    'apps/rotate-secret',
    'OK OK OK NO 404 OK NO 401',
    async (ids) => ({ id: await ids.newKey() }),
    true,
  ),

  mutation('addMember', 'members/create', 'OK OK NO NO OK OK NO 401', async () => ({
    email: newEmail(),
    role: 'AUDITOR',
    password,
  })),
  mutation('inviteMember', 'members/create', 'OK OK NO NO OK OK NO 401', async () => ({
    email: newEmail(),
    role: 'AUDITOR',
  })),
  mutation(
    'revokeInvitation',
    'members/create',
    'OK OK NO NO 404 OK NO 401',
    async (ids) => ({ id: await ids.newInvitation() }),
    true,
  ),
  mutation(
    'updateMember',
    'members/update',
    'OK OK NO NO 404 OK NO 401',
    async (ids) => ({ userId: await ids.user(), role: 'DEVELOPER' }),
    true,
  ),
  mutation(
    'removeMember',
    'members/delete',
    'OK OK NO NO 404 OK NO 401',
    async (ids) => ({ userId: await ids.newUser() }),
    true,
  ),

  mutation('createAccount', null, 'OK OK OK OK OK NO NO 401', async () => ({ name: 'Another' })),
  mutation('updateAccount', null, 'OK OK NO NO OK NO NO 401', async (_ids, asker) => ({
    name: asker === 'stranger' ? 'Elsewhere' : 'Default',
  })),
  mutation(
    'switchAccount',
    null,
    'OK OK OK OK OK NO NO 401',
    async (ids, asker, world) => ({ accountId: await (world?.ownAccountOf(asker) ?? ids.account()) }),
    true,
  ),
  mutation('changePassword', null, 'OK OK OK OK OK NO NO 401', async () => ({
    currentPassword: password,
    newPassword: password,
  })),
  mutation(
    'revokeSession',
    null,
    'OK 404 404 404 404 NO NO 401',
    async (ids) => ({ id: await ids.newSession() }),
    true,
  ),
  {
    ...mutation(
      'signIn',
      null,
      'OK OK OK OK OK OK OK OK',
      async (_ids, asker, world) => world?.credentialsOf(asker) ?? { email: 'owner@matrix.example', password },
    ),
  },
  mutation('acceptInvitation', null, 'OK OK OK OK OK OK OK OK', async (_ids, _asker, world) => ({
    token: await world?.invitationToken(),
    password,
  })),
  {
    ...query('signOut', ' { ok }', null, 'OK OK OK OK OK NO NO 401'),
    name: 'Mutation.signOut',
    query: 'mutation { signOut { ok } }',
    ends: true,
  },
]
