import { expect, startTestGateway, test } from '../support/index.ts'
import { admin, OWN_PAGE, post, SIGN_IN, type SignInData, signInAsPage } from './browser.ts'

const VIEWER = '{ viewer { role actor { ... on User { email } } } }'
/** Of this test's own events alone: sign-ins that failed in another test are written after their answers. */
const SOURCES = '{ auditEvents(filter: { types: [SIGNED_IN, ACCOUNT_UPDATED] }, last: 2) { nodes { type source } } }'
const SIGNED_IN = { viewer: { role: 'OWNER', actor: { email: 'owner@example.com' } } }
const NOBODY = { viewer: null }

test('signIn from our own page sets a cookie that no script reads, and answers no token', async ({ gateway }) => {
  const { status, setCookie, body } = await post<SignInData>(gateway.url, OWN_PAGE, SIGN_IN, admin(gateway))
  expect(status).toBe(200)
  expect(body).toEqual({ data: { signIn: { sessionToken: null, ...SIGNED_IN, errors: [] } } })
  expect(setCookie).toHaveLength(1)
  expect(setCookie[0]).toMatch(/^chatelaine=chs_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/)
  const cookie = setCookie[0]?.split(';')[0] ?? ''
  expect((await post(gateway.url, { ...OWN_PAGE, cookie }, VIEWER)).body.data).toEqual(SIGNED_IN)
})

test('behind https the cookie is Secure and bound to the host', async () => {
  await using gateway = await startTestGateway({ env: { PUBLIC_URL: 'https://chatelaine.example' } })
  const page = { ...OWN_PAGE, host: 'chatelaine.example', origin: 'https://chatelaine.example' }
  const { setCookie } = await post(gateway.url, page, SIGN_IN, admin(gateway))
  expect(setCookie).toHaveLength(1)
  expect(setCookie[0]).toMatch(
    /^__Host-chatelaine=chs_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800$/,
  )
  const [cookie = ''] = setCookie[0]?.split(';') ?? []
  expect((await post(gateway.url, { ...page, cookie }, VIEWER)).body.data).toEqual(SIGNED_IN)
  // A cookie of the plain name may be another server's on a sibling port: it is not looked at.
  const plain = cookie.replace('__Host-', '')
  expect(await post(gateway.url, { ...page, cookie: plain }, VIEWER)).toMatchObject({
    setCookie: [],
    body: { data: NOBODY },
  })
})

test('signIn of a program answers the token and sets no cookie', async ({ gateway }) => {
  const { setCookie, body } = await post<SignInData>(gateway.url, {}, SIGN_IN, admin(gateway))
  expect(setCookie).toEqual([])
  expect(body.data?.signIn.sessionToken).toMatch(/^chs_[A-Za-z0-9_-]{43}$/)
})

test('a refused signIn sets no cookie', async ({ gateway }) => {
  const input = { ...admin(gateway).input, password: 'a wrong password' }
  const { setCookie, body } = await post<SignInData>(gateway.url, OWN_PAGE, SIGN_IN, { input })
  expect(setCookie).toEqual([])
  expect(body.data?.signIn).toEqual({ sessionToken: null, viewer: null, errors: [{ code: 'INVALID_CREDENTIALS' }] })
})

test('a cookie that holds for nobody counts as none and is cleared', async ({ gateway }) => {
  for (const value of ['chs_gone', 'rubbish', `chs_${'A'.repeat(43)}`]) {
    const { status, setCookie, body } = await post(gateway.url, { ...OWN_PAGE, cookie: `chatelaine=${value}` }, VIEWER)
    expect({ status, data: body.data, errors: body.errors }).toEqual({ status: 200, data: NOBODY, errors: undefined })
    expect(setCookie).toEqual(['chatelaine=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'])
  }
})

test('a cookie whose session was ended elsewhere counts as none from that answer on', async ({ gateway, token }) => {
  const credentials = { email: 'ended@example.com', password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }'
  await gateway.graphql(add, { input: { ...credentials, role: 'AUDITOR' } }, token)
  const cookieOf = async () => {
    const { setCookie } = await post(gateway.url, OWN_PAGE, SIGN_IN, { input: credentials })
    return setCookie[0]?.split(';')[0] ?? ''
  }
  const [revoked, changed] = [await cookieOf(), await cookieOf()]
  const keeping = await gateway.signIn(credentials)
  const sessions = await post<{ sessions: { id: string; current: boolean }[] }>(
    gateway.url,
    { ...OWN_PAGE, cookie: revoked },
    '{ sessions { id current } }',
  )
  const id = sessions.body.data?.sessions.find(({ current }) => current)?.id
  const revoke = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { errors { code } } }'
  const change = `mutation { changePassword(input: { currentPassword: "twelve chars", newPassword: "another long one" }) { ok } }`
  for (const [cookie, mutation] of [
    [revoked, revoke],
    [changed, change],
  ] as const) {
    const page = { ...OWN_PAGE, cookie }
    expect((await post(gateway.url, page, VIEWER)).body.data).toMatchObject({ viewer: { role: 'AUDITOR' } })
    expect((await gateway.graphql(mutation, { id }, keeping)).body.errors).toBeUndefined()
    expect(await post(gateway.url, page, VIEWER)).toMatchObject({
      setCookie: ['chatelaine=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'],
      body: { data: NOBODY },
    })
  }
})

test('signIn works along with any cookie of our page, and replaces it', async ({ gateway }) => {
  const living = await signInAsPage(gateway)
  for (const cookie of ['chatelaine=chs_gone', living]) {
    const { setCookie, body } = await post<SignInData>(gateway.url, { ...OWN_PAGE, cookie }, SIGN_IN, admin(gateway))
    expect(body.data?.signIn.errors).toEqual([])
    expect(setCookie).toHaveLength(1)
    expect(setCookie[0]).toMatch(/^chatelaine=chs_.{43};/)
    expect(setCookie[0]).not.toContain(cookie)
  }
})

test('signOut ends the session of the cookie and clears it', async ({ gateway }) => {
  const cookie = await signInAsPage(gateway)
  const { setCookie, body } = await post(gateway.url, { ...OWN_PAGE, cookie }, 'mutation { signOut { ok } }')
  expect(body).toEqual({ data: { signOut: { ok: true } } })
  expect(setCookie).toEqual(['chatelaine=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'])
  expect((await post(gateway.url, { ...OWN_PAGE, cookie }, VIEWER)).body.data).toEqual(NOBODY)
})

test.for<[string, Record<string, string>]>([
  ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }],
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['a foreign Origin that says same-origin', { ...OWN_PAGE, origin: 'https://evil.example' }],
  ['our own Origin on another port', { ...OWN_PAGE, origin: 'http://localhost:1' }],
  ['Origin null', { ...OWN_PAGE, origin: 'null' }],
  ['neither header', {}],
])('a POST with the cookie and %s is 403, and nothing runs', async ([_what, headers], { gateway, token }) => {
  const cookie = await signInAsPage(gateway)
  const rename = 'mutation { updateAccount(input: { name: "Stolen" }) { account { name } } }'
  const { status, body } = await post(gateway.url, { ...headers, cookie }, rename)
  expect({ status, body }).toEqual({
    status: 403,
    body: { errors: [{ message: expect.any(String), extensions: { code: 'FORBIDDEN' } }] },
  })
  const account = await gateway.graphql('{ viewer { account { name } } }', {}, token)
  expect(account.body.data).toEqual({ viewer: { account: { name: 'Default' } } })
})

test.for(['cross-site', 'same-site'])(
  'a POST with the cookie and our own Origin that the browser calls %s is 403',
  async (site, { gateway }) => {
    const cookie = await signInAsPage(gateway)
    const contradicting = { cookie, origin: gateway.publicUrl, 'sec-fetch-site': site }
    expect((await post(gateway.url, contradicting, VIEWER)).status).toBe(403)
  },
)

test('our own origins may use the cookie, by Origin or by Sec-Fetch-Site', async ({ gateway }) => {
  const cookie = await signInAsPage(gateway)
  const { port } = new URL(gateway.url)
  const own = ['localhost', '127.0.0.1', '[::1]'].map((host) => ({ origin: `http://${host}:${port}` }))
  for (const headers of [...own, OWN_PAGE])
    expect((await post(gateway.url, { ...headers, cookie }, VIEWER)).body.data).toEqual(SIGNED_IN)
})

test('a cookie and a bearer of one caller are fine, of different callers 400', async ({ gateway, token }) => {
  const cookie = await signInAsPage(gateway)
  const both = (bearer: string) => ({ ...OWN_PAGE, cookie, authorization: `Bearer ${bearer}` })
  expect((await post(gateway.url, both(token), VIEWER)).body.data).toEqual(SIGNED_IN)

  const add = `mutation { addMember(input: { email: "both@example.com", role: OWNER, password: "twelve chars" }) { errors { code } } }`
  await gateway.graphql(add, {}, token)
  const other = await gateway.signIn({ email: 'both@example.com', password: 'twelve chars' })
  // Also of a program, whose cookie alone would count for nothing.
  const ofProgram = { cookie, authorization: `Bearer ${other}` }
  for (const headers of [both(other), ofProgram])
    expect(await post(gateway.url, headers, VIEWER)).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    })
  const dead = { cookie: 'chatelaine=chs_gone', authorization: `Bearer ${token}` }
  expect(await post(gateway.url, dead, VIEWER)).toMatchObject({ setCookie: [], body: { data: SIGNED_IN } })
  expect(await post(gateway.url, both('chs_gone'), VIEWER)).toMatchObject({
    status: 401,
    body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  })
})

test('what came by cookie has the source CONSOLE, by bearer API', async ({ gateway, token }) => {
  const cookie = await signInAsPage(gateway)
  const rename = (name: string) => `mutation { updateAccount(input: { name: "${name}" }) { errors { code } } }`
  await post(gateway.url, { ...OWN_PAGE, cookie }, rename('By cookie'))
  const byCookie = await gateway.graphql(SOURCES, {}, token)
  expect(byCookie.body.data).toEqual({
    auditEvents: {
      nodes: [
        { type: 'SIGNED_IN', source: 'CONSOLE' },
        { type: 'ACCOUNT_UPDATED', source: 'CONSOLE' },
      ],
    },
  })
  await gateway.graphql(rename('Default'), {}, await gateway.signIn())
  const byBearer = await gateway.graphql(SOURCES, {}, token)
  expect(byBearer.body.data).toEqual({
    auditEvents: {
      nodes: [
        { type: 'SIGNED_IN', source: 'API' },
        { type: 'ACCOUNT_UPDATED', source: 'API' },
      ],
    },
  })
})
