import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { createPostgresDatabase, expect, startTestGateway, type TestGateway, test } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, grant, introspect, newApp, post } from '../tokens/oauth.ts'
import { publishedKids } from '../tokens/published-kids.ts'
import { runKeys } from './run-keys.ts'

const newKey = () => ({ ENCRYPTION_KEY: randomBytes(32).toString('base64') })
const events = 'query ($after: String) { auditEvents(first: 100, after: $after) { edges { cursor node { id type } } } }'
type Events = { auditEvents: { edges: { cursor: string; node: { id: string; type: string } }[] } }
const historyOf = async (gateway: TestGateway, session: string, after?: string) =>
  (await gateway.graphql<Events>(events, { after }, session)).body

test('a lost ENCRYPTION_KEY: secrets, people and history stay, tokens and cursors are over', {
  timeout: 180_000,
}, async () => {
  await using opened = new AsyncDisposableStack()
  const database: Record<string, string> =
    inject('engine') === 'postgres'
      ? { DATABASE_URL: opened.use(await createPostgresDatabase()).url }
      : { DATA_DIR: opened.use(await preparedDataDir()).path }
  const first = opened.use(await startTestGateway({ env: { ...database, ...newKey() } }))
  const session = await first.signIn()
  const [app, idle] = [await newApp(first, session, ['/chatelaine/apps/list']), await newApp(first, session)]
  const token = await grant(first.url, app)
  const history = (await historyOf(first, session)).data?.auditEvents.edges ?? []
  const kids = await publishedKids(first)

  // With the gateway running, and without a yes, nothing happens.
  const env = { ...first.env, ...newKey() }
  expect(await runKeys(['recover', '--yes'], env)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/gateways have \d+ sessions open|Another Chatelaine has the folder/),
  })
  await first.close()
  await expect(startTestGateway({ env })).rejects.toThrow('npm run keys -- recover')
  const asked = await runKeys(['recover'], env)
  expect(asked).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('all access tokens') })
  await expect(startTestGateway({ env })).rejects.toThrow('npm run keys -- recover')

  const recovered = await runKeys(['recover', '--yes'], env)
  expect(recovered).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('\n2 client secrets') })
  const second = opened.use(await startTestGateway({ env }))
  expect((await publishedKids(second)).filter((kid) => kids.includes(kid))).toEqual([])
  expect((await second.graphql('{ apps { totalCount } }', {}, token)).status).toBe(401)
  const again = (await historyOf(second, session)).data?.auditEvents.edges ?? []
  expect(again.map(({ node }) => node)).toEqual(history.map(({ node }) => node))
  const stale = await historyOf(second, session, history[0]?.cursor)
  expect(stale.errors?.[0]?.extensions?.code).toBe('CURSOR_INVALID')

  // The client's own secret still opens the door; a wrong one does not, and what is new is as ever.
  const tokens = [await grant(second.url, app), await grant(second.url, app)]
  tokens.push(await grant(second.url, await newApp(second, session, ['/chatelaine/apps/list'])))
  for (const fresh of tokens) expect((await second.graphql('{ apps { totalCount } }', {}, fresh)).status).toBe(200)
  expect((await introspect(second.url, tokens[0] ?? '', basic(app))).body.active).toBe(true)
  const wrong = await post(
    second.url,
    '/oauth/token',
    { grant_type: 'client_credentials' },
    basic({ ...app, secret: idle.secret }),
  )
  expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client'])
  await second.close()

  expect((await runKeys(['list'], env)).stdout).toMatch(
    /A recovery is on since 20.*: 1 client secrets have not been used/,
  )
  expect(await runKeys(['recover', '--end'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is over'),
  })
  const third = opened.use(await startTestGateway({ env }))
  await grant(third.url, app)
  await expect(grant(third.url, idle)).rejects.toThrow('invalid_client')
})
