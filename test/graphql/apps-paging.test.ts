import { expect, type TestGateway, test } from '../support/index.ts'

const list = `query ($filter: AppFilter, $orderBy: AppOrder, $first: Int, $after: String, $last: Int, $before: String) {
  apps(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`
type App = { name: string }
type Page = {
  totalCount: number
  edges: { cursor: string; node: App }[]
  nodes: App[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

async function page(gateway: TestGateway, token: string, variables: Record<string, unknown>): Promise<Page> {
  const { status, body } = await gateway.graphql<{ apps: Page }>(list, variables, token)
  if (!body.data?.apps || body.errors) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.data.apps
}

async function createApp(gateway: TestGateway, token: string, input: Record<string, unknown>): Promise<string> {
  const { body } = await gateway.graphql<{ createApp: { app: { id: string } } }>(
    'mutation ($input: CreateAppInput!) { createApp(input: $input) { app { id } errors { code } } }',
    { input: { scopes: [], ...input } },
    token,
  )
  return body.data?.createApp.app.id ?? ''
}

/** Names that differ in case alone or are equal, so that order needs more than the name. Made once, in this order. */
const NAMES = ['delta', 'Alpha', 'charlie', 'Bravo', 'alpha', 'Alpha', 'echo_1', 'Echo%2', 'échelon', '50% off', 'a_b']
let made: Promise<void> | undefined

function apps(gateway: TestGateway, token: string): Promise<void> {
  made ??= (async () => {
    const ids: string[] = []
    for (const name of NAMES) ids.push(await createApp(gateway, token, { name }))
    // Changed in another order than made, so that UPDATED_AT is none of the others.
    for (const id of [ids[3], ids[0], ids[7]])
      await gateway.graphql(
        'mutation ($id: ID!) { updateApp(input: { id: $id, description: "Changed" }) { errors { code } } }',
        { id },
        token,
      )
  })()
  return made
}

const namesOf = ({ nodes }: Page) => nodes.map(({ name }) => name)
const newest = [...NAMES].reverse()
const changed = ['Echo%2', 'delta', 'Bravo']
const byChange = [...changed, ...newest.filter((name) => !changed.includes(name))]
const EXPECTED: Record<string, string[]> = { CREATED_AT: newest, UPDATED_AT: byChange }

for (const field of ['CREATED_AT', 'UPDATED_AT', 'NAME'])
  for (const direction of ['ASC', 'DESC'])
    test(`by ${field} ${direction}: pages forwards and backwards are the whole list, each app once`, async ({
      gateway,
      token,
    }) => {
      await apps(gateway, token)
      const orderBy = { field, direction }
      const whole = await page(gateway, token, { orderBy, first: 100 })
      expect(whole.nodes).toEqual(whole.edges.map(({ node }) => node))
      expect(whole).toMatchObject({ totalCount: 11, pageInfo: { hasNextPage: false, hasPreviousPage: false } })
      const known = EXPECTED[field]
      if (known) expect(namesOf(whole)).toEqual(direction === 'DESC' ? known : known.toReversed())
      else expect(namesOf(whole).map(lower)).toEqual(sorted(direction))

      const forwards: Page[] = []
      for (let after: string | null = null, more = true; more; ) {
        const next: Page = await page(gateway, token, { orderBy, first: 3, after })
        forwards.push(next)
        ;[after, more] = [next.pageInfo.endCursor, next.pageInfo.hasNextPage]
      }
      expect(forwards.flatMap(({ edges }) => edges)).toEqual(whole.edges)
      expect(forwards.map(({ nodes }) => nodes.length)).toEqual([3, 3, 3, 2])
      expect(forwards.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([false, true, true, true])

      const backwards: Page[] = []
      for (let before: string | null = null, more = true; more; ) {
        const next: Page = await page(gateway, token, { orderBy, last: 4, before })
        backwards.unshift(next)
        ;[before, more] = [next.pageInfo.startCursor, next.pageInfo.hasPreviousPage]
      }
      expect(backwards.flatMap(({ edges }) => edges)).toEqual(whole.edges)
      expect(backwards.map(({ nodes }) => nodes.length)).toEqual([3, 4, 4])
      expect(backwards.map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false])
    })

const lower = (name: string) => name.toLowerCase()

/** By lower(name), as the database of the test collates: by bytes. */
function sorted(direction: string): string[] {
  const names = NAMES.map(lower).sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  return direction === 'ASC' ? names : names.toReversed()
}

test('neither first nor last is 20, by CREATED_AT DESC; 0 is an empty page that still counts', async ({
  gateway,
  token,
}) => {
  await apps(gateway, token)
  expect(namesOf(await page(gateway, token, {}))).toEqual(newest)
  expect(await page(gateway, token, { first: 0 })).toEqual({
    totalCount: 11,
    edges: [],
    nodes: [],
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  })
})

const searches: [string, string[]][] = [
  ['%', ['50% off', 'Echo%2']],
  ['_', ['a_b', 'echo_1']],
  ['%o', []],
  ['ECHO', ['Echo%2', 'echo_1']],
  ['É', ['échelon']],
  [' lph ', ['Alpha', 'alpha', 'Alpha']],
  ["'; drop table apps; --", []],
  ['\\', []],
  ['', newest],
]
for (const [search, found] of searches)
  test(`search ${JSON.stringify(search)} finds names that hold it, in any case, and takes no pattern`, async ({
    gateway,
    token,
  }) => {
    await apps(gateway, token)
    const answer = await page(gateway, token, { filter: { search } })
    expect([namesOf(answer), answer.totalCount]).toEqual([found, found.length])
  })

test('filters narrow list and count alike: status, scope, who made it, and the whole client id', async ({
  gateway,
  token,
}) => {
  await apps(gateway, token)
  const scope = '/twilio/messaging/messages/list'
  const id = await createApp(gateway, token, { name: 'Filtered', scopes: [scope] })
  const { body } = await gateway.graphql<{
    updateApp: { app: { clientId: string; createdBy: { id: string } } }
  }>(
    'mutation ($id: ID!) { updateApp(input: { id: $id, status: DISABLED }) { app { clientId createdBy { ... on User { id } } } } }',
    { id },
    token,
  )
  const { clientId, createdBy } = body.data?.updateApp.app ?? { clientId: '', createdBy: { id: '' } }
  for (const filter of [{ status: 'DISABLED' }, { scope }, { search: clientId }]) {
    const answer = await page(gateway, token, { filter })
    expect([namesOf(answer), answer.totalCount], JSON.stringify(filter)).toEqual([['Filtered'], 1])
  }
  const counts = await Promise.all(
    [
      { createdBy: createdBy.id },
      { createdBy: id },
      { search: clientId.slice(0, -1) },
      { scope: scope.slice(0, -1) },
      { scope, status: 'ACTIVE' },
      { search: null, status: null, scope: null, createdBy: null },
    ].map(async (filter) => (await page(gateway, token, { filter })).totalCount),
  )
  expect(counts).toEqual([12, 0, 0, 0, 0, 12])
  await gateway.graphql('mutation ($id: ID!) { deleteApp(input: { id: $id }) { errors { code } } }', { id }, token)
  expect((await page(gateway, token, {})).totalCount).toBe(11)
})
