import { expect, subscribe, type TestGateway, test } from '../support/index.ts'

type Edges = { edges: { cursor: string }[] }

async function cursorsOf(gateway: TestGateway, token: string) {
  const { body } = await gateway.graphql<{
    apps: Edges
    byName: Edges
    auditEvents: Edges & { headCursor: string }
    viewer: { account: { members: Edges } }
  }>(
    `{ apps(first: 1) { edges { cursor } } byName: apps(first: 1, orderBy: { field: NAME, direction: ASC }) { edges { cursor } }
       auditEvents(last: 1) { edges { cursor } headCursor } viewer { account { members(first: 1) { edges { cursor } } } } }`,
    {},
    token,
  )
  const first = (edges: Edges | undefined) => edges?.edges[0]?.cursor ?? ''
  return {
    apps: first(body.data?.apps),
    byName: first(body.data?.byName),
    history: first(body.data?.auditEvents),
    head: body.data?.auditEvents.headCursor ?? '',
    members: first(body.data?.viewer.account.members),
  }
}

async function createApp(gateway: TestGateway, token: string): Promise<void> {
  const create = 'mutation { createApp(input: { name: "Listed", scopes: [] }) { errors { code } } }'
  expect((await gateway.graphql(create, {}, token)).body).toEqual({ data: { createApp: { errors: [] } } })
}

/** Another session of the same person, in an account of its own. */
async function inOtherAccount(gateway: TestGateway): Promise<string> {
  const token = await gateway.signIn()
  const made = await gateway.graphql<{ createAccount: { account: { id: string } } }>(
    'mutation { createAccount(input: { name: "Other" }) { account { id } } }',
    {},
    token,
  )
  const accountId = made.body.data?.createAccount.account.id
  const switched = await gateway.graphql(
    'mutation ($accountId: ID!) { switchAccount(input: { accountId: $accountId }) { errors { code } } }',
    { accountId },
    token,
  )
  expect(switched.body).toEqual({ data: { switchAccount: { errors: [] } } })
  await createApp(gateway, token)
  return token
}

const APPS = 'query ($cursor: String) { apps(after: $cursor) { nodes { id } } }'
const BACK = 'query ($cursor: String) { apps(before: $cursor, last: 5) { nodes { id } } }'
const NAMES =
  'query ($cursor: String) { apps(after: $cursor, orderBy: { field: NAME, direction: ASC }) { nodes { id } } }'
const DOWN =
  'query ($cursor: String) { apps(after: $cursor, orderBy: { field: NAME, direction: DESC }) { nodes { id } } }'
const HISTORY = 'query ($cursor: String) { auditEvents(after: $cursor) { nodes { id } } }'
const MEMBERS = 'query ($cursor: String) { viewer { account { members(after: $cursor) { nodes { id } } } } }'
const MESSAGE = 'This is no cursor of this list: pass one that it gave, with the same order.'

async function codeOf(gateway: TestGateway, token: string, query: string, cursor: string) {
  const { status, body } = await gateway.graphql(query, { cursor }, token)
  const [error] = body.errors ?? []
  return error ? { status, message: error.message, extensions: error.extensions } : 'answered'
}
const INVALID = { status: 200, message: MESSAGE, extensions: { code: 'CURSOR_INVALID' } }

test('a cursor opens the list and the order that gave it, and no other', async ({ gateway, token }) => {
  await createApp(gateway, token)
  const { apps, byName, history, members } = await cursorsOf(gateway, token)
  const opens: [string, string, 'answered' | typeof INVALID][] = [
    [APPS, apps, 'answered'],
    [BACK, apps, 'answered'],
    [NAMES, byName, 'answered'],
    [HISTORY, history, 'answered'],
    [MEMBERS, members, 'answered'],
    [APPS, byName, INVALID],
    [NAMES, apps, INVALID],
    [DOWN, byName, INVALID],
    [APPS, history, INVALID],
    [APPS, members, INVALID],
    [HISTORY, apps, INVALID],
    [MEMBERS, history, INVALID],
  ]
  for (const [query, cursor, answer] of opens)
    expect(await codeOf(gateway, token, query, cursor), query).toEqual(answer)
})

test('a cursor of another account opens nothing, in lists and in the feed', async ({ gateway, token }) => {
  await createApp(gateway, token)
  const theirs = await cursorsOf(gateway, await inOtherAccount(gateway))
  for (const [query, cursor] of [
    [APPS, theirs.apps],
    [NAMES, theirs.byName],
    [HISTORY, theirs.history],
    [HISTORY, theirs.head],
    [MEMBERS, theirs.members],
  ] as const)
    expect(await codeOf(gateway, token, query, cursor), query).toEqual(INVALID)
  await using feed = subscribe(
    gateway.url,
    token,
    'subscription ($cursor: String) { auditEvents(after: $cursor) { cursor } }',
    { cursor: theirs.history },
  )
  expect(await feed.next()).toMatchObject({ errors: [{ message: MESSAGE, extensions: { code: 'CURSOR_INVALID' } }] })
})

test('a changed cursor opens nothing, whichever byte was changed, added or taken', async ({ gateway, token }) => {
  await createApp(gateway, token)
  const { apps, history } = await cursorsOf(gateway, token)
  const bytes = Buffer.from(history, 'base64url')
  const flipped = Array.from(bytes, (byte, at) => {
    const copy = Buffer.from(bytes)
    copy[at] = byte ^ 1
    return copy.toString('base64url')
  })
  const changed = [...flipped, `${history}A`, history.slice(0, -1), `${history}=`, ` ${history}`, history.toUpperCase()]
  const made = [
    '',
    'x',
    '0',
    '-1',
    'id"; drop table apps; --',
    `${apps}${apps}`,
    'A'.repeat(10_000),
    bytes.toString('hex'),
  ]
  for (const cursor of changed) expect(await codeOf(gateway, token, HISTORY, cursor), cursor).toEqual(INVALID)
  for (const cursor of made) expect(await codeOf(gateway, token, APPS, cursor), cursor.slice(0, 40)).toEqual(INVALID)
})

test('one operation’s bad cursor takes nothing from its other fields', async ({ gateway, token }) => {
  const { body } = await gateway.graphql('{ viewer { role } apps(after: "x") { totalCount } }', {}, token)
  expect(body).toEqual({
    data: { viewer: { role: 'OWNER' }, apps: null },
    errors: [
      {
        message: MESSAGE,
        locations: [{ line: 1, column: 19 }],
        path: ['apps'],
        extensions: { code: 'CURSOR_INVALID' },
      },
    ],
  })
})
