import { type GraphQLObjectType, isInterfaceType } from 'graphql'
import { permissions } from '../../src/caller.ts'
import { schema } from '../../src/graphql/schema.ts'
import { test as base, expect, subscribe } from '../support/index.ts'
import { type Row, rows } from './rows.ts'
import { type Asker, askers, createWorld, outcomeOf, type World } from './world.ts'

const test = base.extend<{ $file: { world: World } }>({
  world: [async ({ gateway, token }, use) => use(await createWorld(gateway, token)), { scope: 'file' }],
})

test('every query, mutation and type of node has its row', () => {
  const fields = (type: GraphQLObjectType | null | undefined) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`)
  const node = schema.getType('Node')
  const nodes = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => `node(${name})`) : []
  const whole = [...fields(schema.getQueryType()), ...fields(schema.getMutationType()), ...nodes]
  expect(rows.map(({ name }) => name).toSorted()).toEqual(whole.toSorted())
  expect(fields(schema.getSubscriptionType())).toEqual(['Subscription.auditEvents'])
})

test.for(rows.map((row): [string, Row] => [row.name, row]))(
  '%s is open to whom the table says, and to nobody else',
  async ([_name, row], { gateway, world }) => {
    const outcomes: Partial<Record<Asker, string>> = {}
    for (const asker of askers) {
      const token =
        (await (row.ends ? world.newTokenOf(asker) : undefined)) ?? (await world.tokenOf(asker, row.permission))
      const variables = await row.variables(world.ids, asker, world)
      const { body } = await gateway.graphql(row.query, variables, token)
      outcomes[asker] = outcomeOf(body, row.field)
      if (asker === 'stranger') for (const trace of world.traces) expect(JSON.stringify(body)).not.toContain(trace)
    }
    expect(outcomes).toEqual(row.expected)
  },
)

test('Subscription.auditEvents is open to whom the table says, and to nobody else', async ({ gateway, world }) => {
  const outcomes: Partial<Record<Asker, string>> = {}
  for (const asker of askers) {
    const token = (await world.tokenOf(asker, 'audit/read')) ?? null
    const feed = 'subscription { auditEvents(begin: OLDEST) { node { actorName resourceName } } }'
    await using subscription = subscribe(gateway.url, token, feed)
    const message = await subscription.next()
    outcomes[asker] = String(message.errors?.[0]?.extensions?.code ?? 'OK')
    if (asker === 'stranger') for (const trace of world.traces) expect(JSON.stringify(message)).not.toContain(trace)
  }
  expect(outcomes).toEqual({
    OWNER: 'OK',
    ADMIN: 'OK',
    DEVELOPER: 'OK',
    AUDITOR: 'OK',
    stranger: 'OK', // the history of their own account
    with: 'OK',
    without: 'FORBIDDEN',
    nobody: 'UNAUTHENTICATED',
    self: 'FORBIDDEN',
  })
})

test("viewer.permissions names what each role may do, and of an app's token what its scopes open", async ({
  gateway,
  world,
}) => {
  const permissionsOf = async (asker: Asker, permission: string | null) => {
    const token = await world.tokenOf(asker, permission)
    const { body } = await gateway.graphql<{ viewer: { permissions: string[] } }>(
      '{ viewer { permissions } }',
      {},
      token,
    )
    return body.data?.viewer.permissions
  }
  const read = ['apps/list', 'apps/read', 'audit/read', 'members/list']
  const develop = ['apps/list', 'apps/read', 'apps/create', 'apps/update', 'apps/delete', 'apps/rotate-secret']
  const all = [
    ...develop,
    'audit/read',
    'members/list',
    'members/create',
    'members/update',
    'members/delete',
    'tokens/introspect',
  ]
  expect(await permissionsOf('OWNER', null)).toEqual(all)
  expect(await permissionsOf('ADMIN', null)).toEqual(all)
  expect(await permissionsOf('DEVELOPER', null)).toEqual([...develop, 'audit/read', 'members/list'])
  expect(await permissionsOf('AUDITOR', null)).toEqual(read)
  expect(await permissionsOf('with', 'audit/read')).toEqual(['audit/read'])
  expect(await permissionsOf('with', null)).toEqual(permissions) // of a token with all scopes, in that order
  expect(await permissionsOf('self', null)).toEqual(['apps.self/rotate-secret'])
})
