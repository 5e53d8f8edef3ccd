import { ROLES, type Role } from '../../src/console/members/role.ts'
import { ROLE_RIGHTS } from '../../src/console/members/role-rights.ts'
import { expect, type TestGateway, test } from '../support/index.ts'

const password = 'correct-horse-battery'
const addMember = `mutation ($email: String!, $role: Role!) {
  addMember(input: { email: $email, role: $role, password: "${password}" }) { member { user { id } } errors { code } }
}`
const updateMember = `mutation ($userId: ID!, $role: Role!) {
  updateMember(input: { userId: $userId, role: $role }) { member { role } errors { code } }
}`
const removeMember =
  'mutation ($userId: ID!) { removeMember(input: { userId: $userId }) { removedUserId errors { code } } }'

type Added = { addMember: { member: { user: { id: string } } } }

let count = 0
async function newMember(gateway: TestGateway, owner: string, role: Role) {
  count += 1
  const email = `person${count}@example.com`
  const { body } = await gateway.graphql<Added>(addMember, { email, role }, owner)
  return { userId: body.data?.addMember.member.user.id ?? '', signIn: () => gateway.signIn({ email, password }) }
}

test.for(ROLES)(
  'the page says of %s what a gateway lets it do',
  { timeout: 60_000 },
  async (role, { gateway, token }) => {
    const caller = await (await newMember(gateway, token, role)).signIn()
    const { body } = await gateway.graphql<{ viewer: { permissions: string[] } }>(
      '{ viewer { permissions } }',
      {},
      caller,
    )
    const held = body.data?.viewer.permissions ?? []
    for (const { words, permissions, roles } of ROLE_RIGHTS.filter(({ permissions }) => permissions.length > 0)) {
      const expected = roles.includes(role) ? permissions : []
      expect([words, permissions.filter((permission) => held.includes(permission))]).toEqual([words, expected])
    }

    const isAllowed = async (query: string, variables: object) =>
      (await gateway.graphql(query, { ...variables }, caller)).body.errors === undefined
    const [raised, removed] = [await newMember(gateway, token, 'DEVELOPER'), await newMember(gateway, token, 'OWNER')]
    const ofOwners = ROLE_RIGHTS.find(({ words }) => words === 'Make, remove owners')?.roles.includes(role)
    expect(await isAllowed(updateMember, { userId: raised.userId, role: 'OWNER' })).toBe(ofOwners)
    expect(await isAllowed(removeMember, { userId: removed.userId })).toBe(ofOwners)
  },
)

test('the table names every permission that a person can hold, but the one for introspection', async ({
  gateway,
  token,
}) => {
  const { body } = await gateway.graphql<{ viewer: { permissions: string[] } }>('{ viewer { permissions } }', {}, token)
  const named = ROLE_RIGHTS.flatMap(({ permissions }) => permissions)
  expect([...named, 'tokens/introspect'].toSorted()).toEqual(body.data?.viewer.permissions.toSorted())
})
