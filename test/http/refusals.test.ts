import { expect, type GraphQLBody, subscribe, type TestGateway, test } from '../support/index.ts'

type Sent = { method?: string; path?: string; body?: string; headers?: Record<string, string> }
type Answer = { status: number; type: string | null; body: GraphQLBody<unknown> }

async function send(gateway: TestGateway, token: string, { method = 'POST', path, body, headers }: Sent) {
  const response = await fetch(`${gateway.url}/graphql${path ?? ''}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body,
  })
  const { status } = response
  const answer: Answer = { status, type: response.headers.get('content-type'), body: await response.json() }
  return answer
}

const JSON_TYPE = 'application/json; charset=utf-8'
const viewer = JSON.stringify({ query: '{ viewer { role } }' })
const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  type: JSON_TYPE,
  body: { errors: [{ message, extensions: { code } }] },
})
const NO_JSON = refusal(400, 'BAD_USER_INPUT', 'The request holds something that is no JSON.')
const NO_OBJECT = refusal(400, 'BAD_USER_INPUT', 'The request is no JSON object.')
const BROKEN = refusal(
  400,
  'BAD_USER_INPUT',
  'A text holds a NUL character or half of a surrogate pair: no such text can be stored.',
)
const TOO_DEEP = refusal(400, 'COMPLEXITY_EXCEEDED', 'A document is nested 100 levels deep at most.')
const ONLY_GET_AND_POST = refusal(405, 'OPERATION_NOT_ALLOWED', 'GraphQL only supports GET and POST requests.')

const cases: [string, Sent, Answer][] = [
  ['a body that is no JSON', { body: '{"query":' }, NO_JSON],
  ['an empty body', { body: '' }, NO_JSON],
  ['a body of null', { body: 'null' }, NO_OBJECT],
  ['a body that is a text', { body: '"{ viewer { role } }"' }, NO_OBJECT],
  ['variables over GET that are no JSON', { method: 'GET', path: '?query={viewer{role}}&variables={' }, NO_JSON],
  ['extensions over GET that are no JSON', { method: 'GET', path: '?query={viewer{role}}&extensions=[' }, NO_JSON],
  ['NUL in the name of a variable', { body: '{"query":"{ viewer { role } }","variables":{"\\u0000":1}}' }, BROKEN],
  [
    'half a surrogate pair in the name of an input field',
    { body: '{"query":"{ viewer { role } }","variables":{"a":{"\\udc00":1}}}' },
    BROKEN,
  ],
  [
    'a mutation over GET',
    { method: 'GET', path: '?query=mutation{signOut{ok}}' },
    refusal(405, 'OPERATION_NOT_ALLOWED', 'Can only perform a mutation operation from a POST request.'),
  ],
  ['PUT', { method: 'PUT', body: viewer }, ONLY_GET_AND_POST],
  ['DELETE', { method: 'DELETE' }, ONLY_GET_AND_POST],
  [
    'a list of 5,000 levels, which is more than the parser’s stack holds',
    { body: JSON.stringify({ query: `{ nodes(ids: ${'['.repeat(5000)}${']'.repeat(5000)}) { id } }` }) },
    TOO_DEEP,
  ],
  [
    'an input of 200 levels',
    { body: JSON.stringify({ query: `{ apps(filter: ${'{a:'.repeat(200)}1${'}'.repeat(200)}) { totalCount } }` }) },
    TOO_DEEP,
  ],
  [
    'a type of 200 levels',
    { body: JSON.stringify({ query: `query ($a: ${'['.repeat(200)}Int${']'.repeat(200)}) { viewer { role } }` }) },
    TOO_DEEP,
  ],
]
for (const [what, sent, expected] of cases)
  test(`${what} answers ${expected.status} ${expected.body.errors?.[0]?.extensions?.code}, and that alone`, async ({
    gateway,
    token,
  }) => {
    expect(await send(gateway, token, sent)).toEqual(expected)
  })

test('none of these counts as our own fault: nothing is logged as an internal error', async ({ gateway, token }) => {
  for (const [, sent] of cases) await send(gateway, token, sent)
  expect(gateway.logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
  expect((await send(gateway, token, { body: viewer })).status).toBe(200) // it goes on
})

test('a document of 2,000 tokens is parsed, one of 2,001 is COMPLEXITY_EXCEEDED', async ({ gateway, token }) => {
  const tokens = (count: number) => JSON.stringify({ query: `{ ${'viewer '.repeat(count - 2)}}` })
  const longest = await send(gateway, token, { body: tokens(2000) })
  expect(longest.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' }) // viewer needs a selection
  expect(await send(gateway, token, { body: tokens(2001) })).toEqual(
    refusal(400, 'COMPLEXITY_EXCEEDED', 'A document has at most 2000 tokens.'),
  )
})

test('JSON is JSON however its media type is spelled (RFC 9110 §8.3.1)', async ({ gateway, token }) => {
  for (const type of ['Application/JSON', 'application/json ; charset="utf-8"', 'application/json;charset=UTF-8'])
    expect(await send(gateway, token, { body: viewer, headers: { 'content-type': type } }), type).toEqual({
      status: 200,
      type: JSON_TYPE,
      body: { data: { viewer: { role: 'OWNER' } } },
    })
})

test('a failed validation is 200 in application/json and 400 in application/graphql-response+json', async ({
  gateway,
  token,
}) => {
  const body = JSON.stringify({ query: '{ viewr { role } }' })
  const errors = [
    {
      message: 'Cannot query field "viewr" on type "Query".',
      locations: [{ line: 1, column: 3 }],
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ]
  expect(await send(gateway, token, { body })).toEqual({ status: 200, type: JSON_TYPE, body: { errors } })
  const type = 'application/graphql-response+json'
  expect(await send(gateway, token, { body, headers: { accept: type } })).toEqual({
    status: 400,
    type: `${type}; charset=utf-8`,
    body: { errors },
  })
  // As an event stream and over a WebSocket the same error, without what the library keeps in it for itself.
  expect(await send(gateway, token, { body, headers: { accept: 'text/event-stream' } })).toEqual({
    status: 400,
    type: JSON_TYPE,
    body: { errors },
  })
  await using subscription = subscribe(gateway.url, token, 'subscription { nothing }')
  const told = await subscription.next().catch((error: unknown) => error)
  expect(told).toEqual([
    {
      message: 'Cannot query field "nothing" on type "Subscription".',
      locations: [{ line: 1, column: 16 }],
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ])
})
