import { connect } from 'node:net'
import { describe, expect, type TestGateway, test } from '../support/index.ts'

/** The codes that a caller may meet (docs and schema list them); no library's own. */
const CODES = ['BAD_USER_INPUT', 'COMPLEXITY_EXCEEDED', 'CURSOR_INVALID', 'PAYLOAD_TOO_LARGE', 'OPERATION_NOT_ALLOWED']

async function post(gateway: TestGateway, token: string, body: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  })
  const text = await response.text()
  const answer = JSON.parse(text) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] }
  return { status: response.status, text, codes: answer.errors?.map(({ extensions }) => extensions.code) ?? [] }
}

const query = (text: string, variables: object = {}) => JSON.stringify({ query: text, variables })
const createApp = 'mutation ($input: CreateAppInput!) { createApp(input: $input) { app { id } errors { code } } }'
const named = (name: string) => query(createApp, { input: { name, scopes: [] } })
const deep = (levels: number) =>
  `{ viewer { account ${'{ members { nodes { user '.repeat(levels)}{ id }${' } } }'.repeat(levels)} } }`

const requests: Record<string, string> = {
  'malformed JSON': '{bad',
  'an empty body': '',
  'JSON that is no object': '7',
  'a batch': `[${query('{ viewer { role } }')},${query('{ viewer { role } }')}]`,
  'no query': '{}',
  'an unknown member': JSON.stringify({ query: '{ viewer { role } }', querry: 1 }),
  'a syntax error': query('{ viewer { role }'),
  'an unknown field': query('{ viewer { rolle } }'),
  'a wrong type': query(createApp, { input: { name: 7, scopes: [] } }),
  'an unknown input field': query(createApp, { input: { name: 'A', scopes: [], actor: 'me' } }),
  '__proto__ in an input':
    '{"query":"mutation ($input: CreateAppInput!) { createApp(input: $input) { errors { code } } }","variables":{"input":{"__proto__":{"name":"x"},"scopes":[]}}}',
  'NUL in a variable': named('a\u0000b'),
  'half a surrogate pair in a variable':
    '{"query":"mutation ($n: String!) { createApp(input: {name: $n, scopes: []}) { errors { code } } }","variables":{"n":"\\ud800"}}',
  'NUL in a literal': JSON.stringify({ query: '{ scopes(search: "\\u0000") { name } }' }),
  'half a surrogate pair in a literal': JSON.stringify({ query: '{ scopes(search: "\\ud800") { name } }' }),
  'a bad duration': query(
    'mutation { createApp(input: {name: "A", scopes: [], tokenLifetime: "1h"}) { errors { code } } }',
  ),
  'a bad instant': query('{ auditEvents(filter: {from: "yesterday"}) { headCursor } }'),
  'first and last': query('{ apps(first: 1, last: 1) { totalCount } }'),
  'a negative page': query('{ apps(first: -1) { totalCount } }'),
  'a page over 100': query('{ apps(first: 101) { totalCount } }'),
  'a page of 2^31': query('{ apps(first: 2147483648) { totalCount } }'),
  'a cursor of nothing': query('{ apps(after: "AQEB") { totalCount } }'),
  'a history cursor in apps': query('{ apps(after: "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw") { totalCount } }'),
  '101 ids': query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array<string>(101).fill('x') }),
  'variables nested 200,000 deep': `{"query":"{ viewer { role } }","variables":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
  '5,000 levels': query(deep(5000)),
  '30 levels': query(deep(10)),
  '5,000 aliases': query(`{ ${Array.from({ length: 5000 }, (_, index) => `a${index}: viewer { role }`).join(' ')} }`),
  '3,000 equal fields': query(`{ viewer { ${'role '.repeat(3000)} } }`),
  '1,000 directives': query(`{ viewer { role ${'@include(if: true) '.repeat(1000)} } }`),
  '10,000 fragments': query(
    `{ viewer { ...f0 } } ${Array.from({ length: 10_000 }, (_, i) => `fragment f${i} on Viewer { role }`).join(' ')}`,
  ),
  'a fragment cycle': query('{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }'),
  'pages within pages': query('{ apps(first: 100) { nodes { auditEvents(first: 100) { nodes { id name hash } } } } }'),
  'introspection without end': query(
    `{ __schema { types { fields { type { ${'fields { type { '.repeat(12)} name ${'} } '.repeat(12)} } } } } }`,
  ),
  'an incremental directive': query('{ viewer { ... @defer { role } } }'),
}

describe('bad input', () => {
  for (const [what, body] of Object.entries(requests))
    test(`${what} is refused with a code of ours, and shows nothing of the inside`, async ({ gateway, token }) => {
      const { status, text, codes } = await post(gateway, token, body)
      expect(status, text).toBeLessThan(500)
      expect(codes.length, text).toBeGreaterThan(0)
      for (const code of codes) expect(CODES, text).toContain(code)
      expect(text).not.toMatch(/Did you mean|\bat .*\(|node_modules|select |\/src\/|params/)
    })

  test('nothing of it was written', async ({ gateway, token }) => {
    const { body } = await gateway.graphql<{ apps: { totalCount: number } }>('{ apps { totalCount } }', {}, token)
    expect(body.data?.apps.totalCount).toBe(0)
  })

  test('a body over 1 MiB is 413', async ({ gateway, token }) => {
    const { status, codes } = await post(gateway, token, query('{ viewer { role } }', { a: 'x'.repeat(1_048_577) }))
    expect({ status, codes }).toEqual({ status: 413, codes: ['PAYLOAD_TOO_LARGE'] })
  })

  test('ids that are none answer null, in their places', async ({ gateway, token }) => {
    const { body } = await gateway.graphql(
      '{ viewer { account { id } } nodes(ids: ["x", "QXBwOjE=", ""]) { id } node(id: "%") { id } }',
      {},
      token,
    )
    expect(body).toMatchObject({ data: { nodes: [null, null, null], node: null } })
    expect(body.errors).toBeUndefined()
  })

  test('a request line that is no HTTP gets 400 and a closed connection', async ({ gateway }) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /)
  })
})
