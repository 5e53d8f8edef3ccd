import { type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql'
import { schema } from '../../src/graphql/schema.ts'
import { expect, test } from '../support/index.ts'
import { type Row, rows } from './rows.ts'
import { missingIds } from './world.ts'

/** What somebody may hope to slip in: who acts, where, and as what. */
const FORGED = {
  accountId: Buffer.from(`Account:${crypto.randomUUID()}`).toString('base64'),
  account: 'another',
  actor: { type: 'SYSTEM', id: null, name: 'system' },
  actorId: Buffer.from(`User:${crypto.randomUUID()}`).toString('base64'),
  userId: Buffer.from(`User:${crypto.randomUUID()}`).toString('base64'),
  tenant: 'another',
  role: 'OWNER',
  permissions: ['members/create'],
  source: 'SYSTEM',
}

const mutations = rows.filter(({ name, query }) => name.startsWith('Mutation.') && query.includes('$input'))

test.for(mutations.map((row): [string, Row] => [row.name, row]))(
  '%s takes who acts, where and as what from the credential alone',
  async ([_name, { field, query, variables }], { gateway, token }) => {
    const known = fieldsOf(schema.getMutationType()?.getFields()[field]?.args[0]?.type)
    const history = () => gateway.graphql('{ auditEvents(last: 1) { nodes { id } } }', {}, token)
    const before = (await history()).body
    const { input } = await variables(missingIds(), 'OWNER', null)
    if (field === 'acceptInvitation') Object.assign(input as object, { token: 'chi_unknown' })
    for (const [name, value] of Object.entries(FORGED).filter(([name]) => !known.includes(name))) {
      const { body } = await gateway.graphql(query, { input: { ...(input as object), [name]: value } }, token)
      expect(body.data).toBeUndefined()
      expect(body.errors?.map(({ extensions }) => extensions)).toContainEqual({ code: 'BAD_USER_INPUT' })
      expect(JSON.stringify(body.errors)).toContain(`unknown field \\"${name}\\"`)
    }
    expect((await history()).body).toEqual(before)
  },
)

function fieldsOf(type: GraphQLInputType | undefined): string[] {
  const named = getNamedType(type)
  return isInputObjectType(named) ? Object.keys(named.getFields()) : []
}
