import { inject } from 'vitest'
import { openWire, type Wire } from '../database/wire.ts'
import { createPostgresDatabase, describe, expect, startTestGateway, type TestGateway } from '../support/index.ts'
import { JWT_BEARER, type KeyedApp, newKeyedApp, sign } from './assertions.ts'
import { basic, bearer, grant, newApp, post, test } from './oauth.ts'

const LOOK = expect.stringContaining('find_client')
/** A transaction in which an account's rows are written: how it begins, and how it ends. */
const [BEGIN, COMMIT] = [expect.stringMatching(/^begin ; set local role/), 'commit']

type Parts = { wire: Wire; gateway: TestGateway; session: string }
const started = async () => {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await createPostgresDatabase())
  const wire = opened.use(await openWire(database.url))
  const gateway = opened.use(await startTestGateway({ env: { DATABASE_URL: wire.url, TRUST_PROXY: '127.0.0.1' } }))
  const toClose = opened.move()
  const parts: Parts = { wire, gateway, session: await gateway.signIn() }
  return { ...parts, [Symbol.asyncDispose]: () => toClose.disposeAsync() }
}

/**
 * What the gateway says to the database for one request, once it has done the like before: the least of some, because
 * what it does beside requests may fall among them.
 */
async function statementsOf(wire: Wire, ask: () => Promise<unknown>): Promise<string[]> {
  const said: string[][] = []
  for (let time = 0; time < 6; time += 1) {
    await wire.taken()
    await ask()
    said.push((await wire.taken()).statements)
  }
  return said.toSorted((one, other) => one.length - other.length)[0] ?? []
}

describe.runIf(inject('engine') === 'postgres')('the statements of one request', () => {
  test('one for a token, an introspection adds one, and what cannot be right costs none', async () => {
    await using parts = await started()
    const { wire, gateway, session } = parts
    const app = await newApp(gateway, session, ['/chatelaine/tokens/introspect'])
    const { url } = gateway
    const token = await grant(url, app)
    const asked = (path: string, parameters: Record<string, string>, headers: Record<string, string>) =>
      statementsOf(wire, () => post(url, path, parameters, headers))
    const grantType = { grant_type: 'client_credentials' }
    const mistyped = { ...app, secret: app.secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')) }
    const right = basic(app)

    expect(await asked('/oauth/token', grantType, right)).toEqual([LOOK])
    expect(await asked('/oauth/token', { ...grantType, scope: '/nobody/has/this' }, right)).toEqual([LOOK])
    expect(await asked('/oauth/token', grantType, basic(mistyped))).toEqual([])
    expect(await asked('/oauth/token', grantType, basic({ ...app, clientId: 'client' }))).toEqual([])
    expect(await asked('/oauth/introspect', { token }, right)).toEqual([LOOK, LOOK])
    expect(await asked('/oauth/introspect', { token: 'never.was.one' }, right)).toEqual([LOOK])
    expect(await asked('/oauth/introspect', { token }, bearer(token))).toEqual([LOOK, LOOK])
    expect(await asked('/oauth/introspect', { token }, bearer(session))).toEqual([
      expect.stringContaining('find_session'),
      LOOK,
    ])
    expect(await asked('/oauth/introspect', { token }, basic(mistyped))).toEqual([])
    expect(await asked('/oauth/revoke', { token: 'never.was.one' }, right)).toEqual([LOOK])
  }, 40_000)

  test('an unknown, deleted or other client costs what a wrong secret costs', async () => {
    await using parts = await started()
    const { wire, gateway, session } = parts
    const [app, other, deleted] = [
      await newApp(gateway, session),
      await newApp(gateway, session),
      await newApp(gateway, session),
    ]
    await gateway.graphql(`mutation { deleteApp(input: {id: "${deleted.id}"}) { deletedAppId } }`, {}, session)
    const unknown = { ...app, clientId: 'ch_00000000000000000000000000' }
    for (const client of [{ ...app, secret: other.secret }, { ...other, secret: app.secret }, deleted, unknown])
      expect(
        await statementsOf(wire, () =>
          post(gateway.url, '/oauth/token', { grant_type: 'client_credentials' }, basic(client)),
        ),
      ).toEqual([LOOK])
  }, 40_000)

  test('an assertion adds a transaction that spends it, once it is right', async () => {
    await using parts = await started()
    const { wire, gateway, session } = parts
    const app: KeyedApp = await newKeyedApp(gateway, session)
    const asked = (claims: Record<string, unknown>) =>
      statementsOf(wire, async () => {
        const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER }
        return post(gateway.url, '/oauth/token', { ...form, client_assertion: await sign(app, claims) })
      })
    const spent = [LOOK, BEGIN, expect.stringContaining('used_assertions'), expect.stringContaining('app_keys'), COMMIT]
    expect(await asked({})).toEqual(spent)
    expect(await asked({ aud: 'https://elsewhere.example' })).toEqual([])
    expect(await asked({ exp: 1 })).toEqual([LOOK])
  }, 40_000)

  test('a revocation adds a look at the token, and a transaction with its event', async () => {
    await using parts = await started()
    const { wire, gateway, session } = parts
    const app = await newApp(gateway, session)
    const tokens: string[] = []
    for (let made = 0; made < 6; made += 1) tokens.push(await grant(gateway.url, app))
    const statements = await statementsOf(wire, () =>
      post(gateway.url, '/oauth/revoke', { token: tokens.pop() ?? '' }, basic(app)),
    )
    expect(statements.filter((text) => !/pg_notify|from "audit/.test(text))).toEqual([
      LOOK,
      LOOK,
      BEGIN,
      expect.stringContaining('revoked_tokens'),
      expect.stringContaining('clock_timestamp'),
      expect.stringContaining('append_event'),
      COMMIT,
    ])
  }, 40_000)
})
