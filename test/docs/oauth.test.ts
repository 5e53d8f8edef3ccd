import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createPostgresDatabase, expect, spawnGateway, tempFolder, test } from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'
import { takeTour } from './tour.ts'

const PAGE = readFileSync(new URL('../../docs/oauth.md', import.meta.url), 'utf8')
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const node = `${modules}/.bin/node`

test('every request of docs/oauth.md gets the answer that is printed below it, and its client works', {
  timeout: 120_000,
}, async ({ engine }) => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await tempFolder())
  const database: Record<string, string> =
    engine === 'postgres' ? { DATABASE_URL: stack.use(await createPostgresDatabase()).url } : {}
  const gateway = stack.use(await spawnGateway(database))
  const ask = async (query: string, token?: string) =>
    (await postGraphQL<Record<string, Record<string, unknown>>>(gateway.url, query, {}, token)).body.data
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = gateway.env
  const session = await ask(
    `mutation { signIn(input: { email: "${email}", password: "${password}" }) { sessionToken } }`,
  )
  const token = String(session?.signIn?.sessionToken)
  const scopes = '["/twilio/messaging/messages/list", "/twilio/messaging/messages/read"]'
  const created = await ask(
    `mutation { createApp(input: { name: "Client", scopes: ${scopes} }) { app { id clientId } clientSecret } }`,
    token,
  )
  const app = Object(created?.createApp).app as { id: string; clientId: string }

  const known = `TOKEN=${token}\nAPP=${app.id}\nnode() { ${node} "$@"; }\n`
  const settle = (command: string) => command.replace('URL=http://localhost:4000\n', `${known}URL=${gateway.url}\n`)
  const answers = JSON.stringify(created)
  expect(await takeTour(PAGE, { answers, settle, folder: folder.path })).toBe(8)

  const [, program = ''] = /^```js\n(\/\/ token\.mjs[\s\S]*?)^```$/m.exec(PAGE) ?? []
  await writeFile(`${folder.path}/token.mjs`, program)
  await symlink(modules, `${folder.path}/node_modules`)
  const env = { URL: gateway.url, CLIENT_ID: app.clientId }
  const { stdout } = await promisify(execFile)(node, ['token.mjs'], { cwd: folder.path, env })
  expect(stdout).toContain('active: true')
  const { auditEvents } =
    (await ask('{ auditEvents(last: 2, filter: {appId: "APP"}) { nodes { type } } }'.replace('APP', app.id), token)) ??
    {}
  expect(auditEvents).toEqual({ nodes: [{ type: 'KEY_ADDED' }, { type: 'TOKEN_REVOKED' }] })
})
