import { request } from 'node:http'
import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'

type Answer = {
  status: number
  cookie: string | null
  body: { data?: Record<string, unknown> | null; errors?: { extensions: { code: string } }[] }
}

/** As a browser's page of this server would send it, unless the headers say otherwise. */
function fromPage(
  gateway: TestGateway,
  query: string,
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { port } = new URL(gateway.url)
  const host = new URL(gateway.publicUrl).host
  const all = {
    host,
    origin: gateway.publicUrl,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    ...headers,
  }
  const sent = request(
    {
      host: '127.0.0.1',
      port,
      path: '/graphql',
      method: 'POST',
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          cookie: response.headers['set-cookie']?.[0] ?? null,
          body: JSON.parse(text) as Answer['body'],
        }),
      )
    },
  )
  sent.on('error', reject)
  sent.end(JSON.stringify({ query }))
  return promise
}

const signIn = ({ env }: TestGateway) =>
  `mutation { signIn(input: {email: "${env.ADMIN_EMAIL}", password: "${env.ADMIN_PASSWORD}"}) { sessionToken viewer { role } errors { code } } }`
const viewer = '{ viewer { role account { id } } }'
const pairOf = (cookie: string | null) => cookie?.split(';')[0] ?? ''

test('our own page gets its session as a cookie that no script reads, a program gets the token', async ({
  gateway,
}) => {
  const page = await fromPage(gateway, signIn(gateway))
  expect(page.body).toEqual({ data: { signIn: { sessionToken: null, viewer: { role: 'OWNER' }, errors: [] } } })
  expect(page.cookie).toMatch(/^chatelaine=chs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/)
  const program = await fromPage(gateway, signIn(gateway), { origin: undefined, 'sec-fetch-site': undefined })
  expect(program.cookie).toBeNull()
  expect(program.body.data).toMatchObject({ signIn: { sessionToken: expect.stringMatching(/^chs_/) } })

  const cookie = pairOf(page.cookie)
  expect((await fromPage(gateway, viewer, { cookie })).body.data).toMatchObject({ viewer: { role: 'OWNER' } })
  const events = await fromPage(gateway, '{ auditEvents(last: 2) { nodes { name source } } }', { cookie })
  expect(events.body.data).toEqual({
    auditEvents: {
      nodes: [
        { name: 'sessions.signed-in', source: 'CONSOLE' },
        { name: 'sessions.signed-in', source: 'API' },
      ],
    },
  })
  expect((await fromPage(gateway, 'mutation { signOut { ok } }', { cookie })).cookie).toContain('chatelaine=;')
})

test('a cookie counts from our own page alone', async ({ gateway }) => {
  const cookie = pairOf((await fromPage(gateway, signIn(gateway))).cookie)
  const strange: Record<string, string | undefined>[] = [
    { 'sec-fetch-site': 'cross-site', origin: undefined },
    { 'sec-fetch-site': 'same-site', origin: undefined },
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: undefined, 'sec-fetch-site': undefined },
  ]
  for (const headers of strange)
    expect((await fromPage(gateway, viewer, { cookie, ...headers })).status, JSON.stringify(headers)).toBe(403)
})

test('a dead cookie counts as none and is cleared, and keeps nobody from signing in', async ({ gateway }) => {
  const cookie = 'chatelaine=chs_gone'
  const asked = await fromPage(gateway, viewer, { cookie })
  expect([asked.status, asked.body, asked.cookie?.includes('Max-Age=0')]).toEqual([
    200,
    { data: { viewer: null } },
    true,
  ])
  const signedIn = await fromPage(gateway, signIn(gateway), { cookie })
  expect(signedIn.cookie).toMatch(/^chatelaine=chs_[\w-]{43};/)
})

test('a cookie and a bearer of different callers are refused, of the same caller not', async ({ gateway, token }) => {
  const cookie = pairOf((await fromPage(gateway, signIn(gateway))).cookie)
  expect((await fromPage(gateway, viewer, { cookie, authorization: `Bearer ${token}` })).status).toBe(200)
  const { body } = await gateway.graphql<{ addMember: { errors: unknown[] } }>(
    'mutation { addMember(input: {email: "two@example.com", role: AUDITOR, password: "correct horse battery"}) { errors { code } } }',
    {},
    token,
  )
  expect(body.data?.addMember.errors).toEqual([])
  const other = await gateway.signIn({ email: 'two@example.com', password: 'correct horse battery' })
  expect((await fromPage(gateway, viewer, { cookie, authorization: `Bearer ${other}` })).status).toBe(400)
})

test('a request that names another account than the session is in by now runs nothing: ACCOUNT_CHANGED', async ({
  gateway,
}) => {
  const cookie = pairOf((await fromPage(gateway, signIn(gateway))).cookie)
  const { body } = await fromPage(gateway, viewer, { cookie })
  const { account } = (body.data as { viewer: { account: { id: string } } }).viewer
  expect((await fromPage(gateway, viewer, { cookie, 'x-chatelaine-account': account.id })).status).toBe(200)
  const made = await fromPage(gateway, 'mutation { createAccount(input: {name: "Second"}) { account { id } } }', {
    cookie,
  })
  const second = (made.body.data as { createAccount: { account: { id: string } } }).createAccount.account.id
  const switched = await fromPage(
    gateway,
    `mutation { switchAccount(input: {accountId: "${second}"}) { viewer { account { id } } errors { code } } }`,
    { cookie },
  )
  expect(switched.body.data).toEqual({ switchAccount: { viewer: { account: { id: second } }, errors: [] } })
  const stale = await fromPage(gateway, 'mutation { createApp(input: {name: "A", scopes: []}) { errors { code } } }', {
    cookie,
    'x-chatelaine-account': account.id,
  })
  expect([stale.status, stale.body.errors?.[0]?.extensions.code]).toEqual([409, 'ACCOUNT_CHANGED'])
  const apps = await fromPage(gateway, '{ apps { totalCount } }', { cookie, 'x-chatelaine-account': second })
  expect(apps.body.data).toEqual({ apps: { totalCount: 0 } })
})

test('behind https the cookie is bound to the host', { timeout: 40_000 }, async () => {
  await using gateway = await startTestGateway({ env: { PUBLIC_URL: 'https://chatelaine.example.com' } })
  expect((await fromPage(gateway, signIn(gateway))).cookie).toMatch(
    /^__Host-chatelaine=chs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/,
  )
})
