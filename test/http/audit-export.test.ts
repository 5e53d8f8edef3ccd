import { findingsOf } from '../audit/findings-of.ts'
import { describe, expect, test } from '../support/index.ts'
import { grant, newApp } from '../tokens/oauth.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('a session exports the history of its account, and it proves itself by the published keys', async ({
  gateway,
  token,
}) => {
  await newApp(gateway, token)
  const response = await fetch(`${gateway.url}/audit/export`, { headers: bearer(token) })
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': 'attachment; filename="audit-log.ndjson"',
    'cache-control': 'no-store',
  })
  const lines = (await response.text()).trimEnd().split('\n')
  const keys = (await (await fetch(`${gateway.url}/.well-known/audit-keys.json`)).json()) as object
  const found = await findingsOf(lines, null, [], keys)
  expect([found.names, found.exit]).toEqual([[], 0])
  expect(lines.filter((line) => line.includes('"type":"APP_CREATED"'))).not.toEqual([])
})

test('an app exports with audit/read, and not without', async ({ gateway, token }) => {
  const reads = await grant(gateway.url, await newApp(gateway, token, ['/chatelaine/audit/read']))
  const response = await fetch(`${gateway.url}/audit/export?format=csv&after=1`, { headers: bearer(reads) })
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/csv; charset=utf-8; header=present',
  ])
  const rows = (await response.text()).split('\r\n')
  expect(rows[0]).toMatch(/^v,id,accountId,sequence,.*,requestId,hash$/)
  expect(rows[1]).toMatch(/^1,[0-9a-f-]{36},[0-9a-f-]{36},2,/)

  const other = await grant(gateway.url, await newApp(gateway, token, ['/chatelaine/apps/list']))
  const refused = await fetch(`${gateway.url}/audit/export`, { headers: bearer(other) })
  expect([refused.status, await refused.json()]).toEqual([
    403,
    { errors: [{ message: 'This needs the permission audit/read.', extensions: { code: 'FORBIDDEN' } }] },
  ])
})

describe('refused', () => {
  const cases: [string, string, RequestInit, number, string][] = [
    ['nobody', '', {}, 401, 'UNAUTHENTICATED'],
    ['a bearer that does not hold', '', { headers: bearer('chs_x') }, 401, 'UNAUTHENTICATED'],
    [
      'another method',
      '',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      405,
      'OPERATION_NOT_ALLOWED',
    ],
    ["a stranger's page", '', { headers: { origin: 'https://evil.example' } }, 403, 'FORBIDDEN'],
  ]
  test.for(cases)('%s', async ([, query, init, status, code], { gateway }) => {
    const response = await fetch(`${gateway.url}/audit/export${query}`, init)
    expect([response.status, await response.json()]).toMatchObject([status, { errors: [{ extensions: { code } }] }])
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="chatelaine"/)
  })

  test.for(['?format=xml', '?after=x', '?until=1e3', '?from=1', '?after=-1', '?until=999999', '?after=5&until=1'])(
    '%s',
    async (query, { gateway, token }) => {
      const response = await fetch(`${gateway.url}/audit/export${query}`, { headers: bearer(token) })
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
      ])
    },
  )
})
