import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'
import { ownDatabase } from './own-database.ts'

const create =
  'mutation { createApp(input: { name: "Refused", scopes: [] }) { app { id } clientSecret errors { code } } }'
const INTERNAL = {
  message: 'Something went wrong here. It is logged under this request id.',
  extensions: { code: 'INTERNAL', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
}

/** What was logged as an error, as text. */
const errorsOf = ({ logs }: TestGateway) => logs.filter(({ level }) => Number(level) >= 50)

test('a secret that the database refuses shows its parameters to nobody, in the answer or in the log', {
  timeout: 40_000,
}, async ({ engine }) => {
  await using database = await ownDatabase(engine)
  // PostgreSQL's error names the whole row in its detail, Drizzle's all parameters in its message.
  await database.exec(`alter table secrets add constraint refuse_all check (hint = 'never') not valid`)
  await using gateway = await startTestGateway({ env: { ...database.env, LOG_LEVEL: 'trace' } })
  const { status, body } = await gateway.graphql(create, {}, await gateway.signIn())
  expect([status, body]).toEqual([
    200,
    { data: { createApp: null }, errors: [{ ...INTERNAL, path: ['createApp'], locations: [{ line: 1, column: 12 }] }] },
  ])
  const logged = errorsOf(gateway)
  expect(logged).toMatchObject([
    {
      msg: 'internal error',
      requestId: body.errors?.[0]?.extensions?.requestId,
      err: { message: 'a query failed', cause: { code: '23514' } },
    },
  ])
  expect(JSON.stringify(gateway.logs)).not.toMatch(/argon2|chtl_|params|Failing row|insert into/i)
  await gateway.close()
  const contents = (await database.contents()).join('\n')
  expect(contents).not.toContain('APP_CREATED') // neither the app nor its event
})

test('a database that cannot look at a credential is told apart from a bad one, on every transport', {
  timeout: 40_000,
}, async ({ engine }) => {
  await using database = await ownDatabase(engine)
  await using gateway = await startTestGateway({ env: database.env })
  const token = `chs_${randomBytes(32).toString('base64url')}`
  expect((await gateway.graphql('{ viewer { role } }', {}, token)).status).toBe(401)
  await gateway.close()
  await database.exec('alter function find_session rename to find_session_of_old')

  await using broken = await startTestGateway({ env: gateway.env })
  const { status, body } = await broken.graphql('{ viewer { role } }', {}, token)
  expect([status, body]).toEqual([500, { errors: [INTERNAL] }])
  const socket = new WebSocket(`${broken.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  const [code, reason] = await closed
  expect([code, String(reason)]).toEqual([1013, 'Unavailable'])
  expect(errorsOf(broken)).toHaveLength(2)
  expect(JSON.stringify(broken.logs)).not.toContain('params')
})
