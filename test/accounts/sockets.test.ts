import { expect, subscribe, test } from '../support/index.ts'
import { follow, handshake, OWN_PAGE, post, signInAsPage } from './browser.ts'

const VIEWER = '{ viewer { account { id name } role } }'
type Viewer = { viewer: { account: { id: string; name: string }; role: string } }
const SWITCH =
  'mutation ($input: SwitchAccountInput!) { switchAccount(input: $input) { viewer { account { name } } errors { path code } } }'

test('a WebSocket with the cookie and our own Origin is the person of the cookie', async ({ gateway }) => {
  const cookie = await signInAsPage(gateway)
  await using socket = follow(gateway, { cookie, origin: gateway.publicUrl })
  expect(await socket.next()).toEqual({ data: { auditEvents: { live: expect.any(Boolean) } } })
})

test('a WebSocket with a foreign Origin, or null, is 403 at the handshake', async ({ gateway }) => {
  const cookie = await signInAsPage(gateway)
  expect(await handshake(gateway, { cookie, origin: 'https://evil.example' })).toBe(403)
  expect(await handshake(gateway, { cookie, origin: 'null' })).toBe(403)
  expect(await handshake(gateway, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await handshake(gateway, { cookie, origin: gateway.publicUrl })).toBe(101)
})

test('a WebSocket of a program is nobody, whatever cookie it brings', async ({ gateway }) => {
  const cookie = await signInAsPage(gateway)
  await using socket = follow(gateway, { cookie })
  expect((await socket.next()).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
})

test('a cookie that is dead refuses the init with 4401, a bearer that is dead too', async ({ gateway }) => {
  await using byCookie = follow(gateway, { cookie: 'chatelaine=chs_gone', origin: gateway.publicUrl })
  await expect(byCookie.next()).rejects.toMatchObject({ code: 4401 })
  await using byBearer = follow(gateway, {}, { authorization: 'Bearer chs_gone' })
  await expect(byBearer.next()).rejects.toMatchObject({ code: 4401 })
})

test('signing out closes the sockets of the session with 4401, and no others', async ({ gateway, token }) => {
  const ending = await gateway.signIn()
  await using closing = follow(gateway, {}, { authorization: `Bearer ${ending}` })
  await using staying = follow(gateway, {}, { authorization: `Bearer ${token}` })
  await Promise.all([closing.next(), staying.next()])
  await gateway.graphql('mutation { signOut { ok } }', {}, ending)
  void closing.next().catch(() => {})
  expect((await closing.closed).code).toBe(4401)
  await gateway.graphql('mutation { createApp(input: { name: "Billing", scopes: [] }) { errors { code } } }', {}, token)
  expect((await staying.next()).data).toBeDefined()
})

test('a changed password closes the sockets of the other sessions with 4401', async ({ gateway, token }) => {
  const credentials = { email: 'changing@example.com', password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }'
  await gateway.graphql(add, { input: { ...credentials, role: 'AUDITOR' } }, token)
  const [keeping, other] = [await gateway.signIn(credentials), await gateway.signIn(credentials)]
  await using closing = subscribe(gateway.url, other, 'subscription { auditEvents(heartbeat: "PT5S") { live } }')
  await closing.next()
  const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ok errors { path code } } }'
  const wrong = { currentPassword: 'a wrong password', newPassword: 'another long password' }
  expect((await gateway.graphql(change, { input: wrong }, keeping)).body.data).toEqual({
    changePassword: { ok: false, errors: [{ path: ['input', 'currentPassword'], code: 'INVALID_CREDENTIALS' }] },
  })
  const right = { ...wrong, currentPassword: credentials.password }
  expect((await gateway.graphql(change, { input: right }, keeping)).body.data).toEqual({
    changePassword: { ok: true, errors: [] },
  })
  void closing.next().catch(() => {})
  expect((await closing.closed).code).toBe(4401)
  expect((await gateway.graphql(VIEWER, {}, other)).status).toBe(401)
  expect((await gateway.graphql<Viewer>(VIEWER, {}, keeping)).body.data?.viewer.role).toBe('AUDITOR')
})

test('a lowered role closes the sockets of the member with 4403', async ({ gateway, token }) => {
  const credentials = { email: 'lowered@example.com', password: 'twelve chars' }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { member { user { id } } } }'
  type Added = { addMember: { member: { user: { id: string } } } }
  const added = await gateway.graphql<Added>(add, { input: { ...credentials, role: 'ADMIN' } }, token)
  await using closing = follow(gateway, {}, { authorization: `Bearer ${await gateway.signIn(credentials)}` })
  await closing.next()
  const lower = 'mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { errors { code } } }'
  await gateway.graphql(lower, { input: { userId: added.body.data?.addMember.member.user.id, role: 'AUDITOR' } }, token)
  void closing.next().catch(() => {})
  expect((await closing.closed).code).toBe(4403)
})

test('a request or socket that names another account than the session works in is ACCOUNT_CHANGED, and nothing runs', async ({
  gateway,
}) => {
  const cookie = await signInAsPage(gateway)
  const page = { ...OWN_PAGE, cookie }
  const before = (await post<Viewer>(gateway.url, page, VIEWER)).body.data?.viewer.account
  if (!before) throw new Error('Nobody is signed in.')
  const create = 'mutation { createAccount(input: { name: "Second" }) { account { id } errors { code } } }'
  type Created = { createAccount: { account: { id: string } } }
  const created = await post<Created>(gateway.url, page, create)
  const second = created.body.data?.createAccount.account.id ?? ''

  const named = (account: string) => ({ ...page, 'x-chatelaine-account': account })
  expect((await post(gateway.url, named(before.id), VIEWER)).status).toBe(200)
  const rename = 'mutation { updateAccount(input: { name: "Stolen" }) { account { name } } }'
  for (const account of [second, 'rubbish', before.id.slice(1)])
    expect(await post(gateway.url, named(account), rename)).toMatchObject({
      status: 409,
      body: { errors: [{ extensions: { code: 'ACCOUNT_CHANGED' } }] },
    })
  expect((await post<Viewer>(gateway.url, page, VIEWER)).body.data?.viewer.account).toEqual(before)

  const own = { cookie, origin: gateway.publicUrl }
  await using refused = follow(gateway, own, { account: second })
  await expect(refused.next()).rejects.toMatchObject({ code: 4403, reason: 'ACCOUNT_CHANGED' })
  await using right = follow(gateway, own, { account: before.id })
  await right.next()

  // switchAccount: a foreign account is NOT_FOUND; the right one moves the session, and its sockets end with 4403.
  const foreign = { accountId: Buffer.from(`Account:${crypto.randomUUID()}`).toString('base64') }
  expect((await post(gateway.url, named(before.id), SWITCH, { input: foreign })).body.data).toEqual({
    switchAccount: { viewer: null, errors: [{ path: ['input', 'accountId'], code: 'NOT_FOUND' }] },
  })
  expect((await post(gateway.url, named(before.id), SWITCH, { input: { accountId: second } })).body.data).toEqual({
    switchAccount: { viewer: { account: { name: 'Second' } }, errors: [] },
  })
  void right.next().catch(() => {})
  expect((await right.closed).code).toBe(4403)
  expect((await post(gateway.url, named(before.id), VIEWER)).status).toBe(409)
  expect((await post<Viewer>(gateway.url, named(second), VIEWER)).body.data?.viewer.account.name).toBe('Second')
})
