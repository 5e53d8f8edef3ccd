import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../src/config.ts'
import {
  createPostgresDatabase,
  expect,
  startTestGateway,
  type TestGateway,
  tempFolder,
  test,
} from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, claimsOf, grant, introspect, newApp, type OAuthApp, post } from '../tokens/oauth.ts'

const scope = (name: string) => {
  const [, , product = '', resource = '', action = ''] = name.split('/')
  return {
    name,
    product,
    resource,
    action,
    endpoints: [{ method: 'GET', host: 'api.acme.example', path: `/${resource}` }],
  }
}
const BOLTS = '/acme/store/bolts/list'
const NUTS = '/acme/store/nuts/list'
const TAXES = '/acme/tax/rates/list'
const store = { name: 'store', title: 'Store' }
const tax = { name: 'tax', title: 'Taxes' }
const before = { products: [store, tax], scopes: [BOLTS, NUTS, TAXES].map(scope) }
/** Without nuts and taxes, with screws. */
const after = { products: [store], scopes: [BOLTS, '/acme/store/screws/list'].map(scope) }
const HELD = [BOLTS, NUTS, '/acme/store/nuts/*', '/acme/tax/*']

async function scopesOf(gateway: TestGateway, { id }: OAuthApp, session: string) {
  type Shown = { app: { scopes: { name: string; product: { name: string } | null }[] } }
  const query = 'query ($id: ID!) { app(id: $id) { scopes { name product { name } } } }'
  const { body } = await gateway.graphql<Shown>(query, { id }, session)
  return body.data?.app.scopes.map(({ name, product }) => [name, product?.name ?? null])
}

async function update(gateway: TestGateway, { id }: OAuthApp, scopes: string[], session: string) {
  const query =
    'mutation ($id: ID!, $scopes: [String!]!) { updateApp(input: {id: $id, scopes: $scopes}) { errors { code path } } }'
  const { body } = await gateway.graphql<{ updateApp: { errors: object[] } }>(query, { id, scopes }, session)
  return body.data?.updateApp.errors
}

async function refusedScope(gateway: TestGateway, app: OAuthApp, scope: string) {
  const { body } = await post(gateway.url, '/oauth/token', { grant_type: 'client_credentials', scope }, basic(app))
  return body.error
}

test('scopes that the next SCOPES_FILE lacks keep their names on apps and open nothing, until they are back', {
  timeout: 120_000,
}, async ({ engine }) => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await tempFolder())
  const database: Record<string, string> =
    engine === 'postgres'
      ? { DATABASE_URL: stack.use(await createPostgresDatabase()).url }
      : { DATA_DIR: stack.use(await preparedDataDir()).path }
  const SCOPES_FILE = join(folder.path, 'scopes.json')
  await writeFile(SCOPES_FILE, JSON.stringify(before))
  const first = stack.use(await startTestGateway({ env: { ...database, SCOPES_FILE } }))
  const session = await first.signIn()
  const app = await newApp(first, session, HELD)
  const old = await grant(first.url, app)
  expect(claimsOf(old).scope).toBe(HELD.join(' '))
  expect(claimsOf(await grant(first.url, app, { scope: TAXES })).scope).toBe(TAXES)
  expect(first.logs).toContainEqual(
    expect.objectContaining({ file: SCOPES_FILE, scopes: 3 + 13, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }),
  )
  const env = { ...first.env, PORT: new URL(first.url).port } // which its tokens name
  await first.close()

  await writeFile(SCOPES_FILE, JSON.stringify(after))
  const second = stack.use(await startTestGateway({ env }))
  expect(await scopesOf(second, app, session)).toEqual([[BOLTS, 'store'], ...HELD.slice(1).map((name) => [name, null])])
  expect((await introspect(second.url, old, basic(app))).body).toMatchObject({ active: true, scope: BOLTS })
  expect(claimsOf(await grant(second.url, app)).scope).toBe(BOLTS)
  for (const name of [NUTS, TAXES, '/acme/tax/*', '/acme/store/nuts/*'])
    expect([name, await refusedScope(second, app, name)]).toEqual([name, 'invalid_scope'])
  // Who held it may keep it, beside something new; who did not cannot get it.
  expect(await update(second, app, [...HELD, '/acme/store/screws/list'], session)).toEqual([])
  const other = await newApp(second, session, ['/acme/store/*'])
  expect(await update(second, other, [NUTS, '/acme/tax/*'], session)).toMatchObject([
    { code: 'UNKNOWN_SCOPE', path: ['input', 'scopes', '0'] },
    { code: 'UNKNOWN_SCOPE', path: ['input', 'scopes', '1'] },
  ])
  expect(claimsOf(await grant(second.url, other, { scope: '/acme/store/screws/list' })).scope).toBe(
    '/acme/store/screws/list',
  )
  await second.close()

  await writeFile(SCOPES_FILE, JSON.stringify(before))
  const third = stack.use(await startTestGateway({ env }))
  expect((await introspect(third.url, old, basic(app))).body.scope).toBe(HELD.join(' '))
  expect(claimsOf(await grant(third.url, app)).scope).toBe(HELD.join(' '))
})

test('a gateway with a bad SCOPES_FILE does not start, and has touched no database', async ({ engine }) => {
  await using folder = await tempFolder()
  const SCOPES_FILE = join(folder.path, 'scopes.json')
  await writeFile(SCOPES_FILE, JSON.stringify({ products: [], scopes: [scope(BOLTS)] }, null, 1))
  const database: Record<string, string> =
    engine === 'postgres' ? { DATABASE_URL: 'postgres://127.0.0.1:1/none' } : { DATA_DIR: '/dev/null/none' }
  await expect(startTestGateway({ env: { ...database, SCOPES_FILE } })).rejects.toThrow(
    new ConfigError('SCOPES_FILE, line 6: the product "store" is not among the products.'),
  )
})
