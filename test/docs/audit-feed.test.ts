import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  createPostgresDatabase,
  expect,
  type SpawnedGateway,
  spawnGateway,
  tempFolder,
  test,
} from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'

const PAGE = readFileSync(new URL('../../docs/audit-feed.md', import.meta.url), 'utf8')
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** The block of the page that has this in it. */
function printed(mark: string): string {
  const blocks = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '')
  const block = blocks.find((text) => text.includes(mark))
  if (!block) throw new Error(`docs/audit-feed.md prints no ${mark}.`)
  return block
}

/** What a page of the gateway's own origin has, in Node: its address, its cookie, EventSource by the WHATWG's algorithm. */
const OWN_PAGE = `
import { EventSource as OfAnyOrigin } from 'eventsource'
const cookie = process.env.COOKIE
const asOwnPage = (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie, 'sec-fetch-site': 'same-origin' } })
class EventSource extends OfAnyOrigin {
  constructor(path) { super(new URL(path, process.env.URL), { fetch: asOwnPage }) }
}
const show = ({ sequence, description }) => console.log(sequence, description)
const signInAgain = () => process.exit(1)
setInterval(() => {}, 60_000) // a page stays, also while it waits to come back
`
const CLIENTS: Record<string, string> = {
  'follow.mjs': printed('// follow.mjs:'),
  'follow-urql.mjs': printed('// follow-urql.mjs:'),
  'follow-apollo.mjs': printed('// follow-apollo.mjs:'),
  'follow-relay.mjs': readFileSync(new URL('../clients/follow-relay.mjs', import.meta.url), 'utf8'),
  'follow-sse.mjs': printed('// follow-sse.mjs:'),
  'event-source.mjs': OWN_PAGE + printed('new EventSource('),
}

/** What a process prints, line by line. */
function linesOf(child: ChildProcess) {
  const lines: string[] = []
  let rest = ''
  let stderr = ''
  let heard = () => {}
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    heard()
  })
  child.once('close', () => heard())
  return {
    lines,
    async until(line: RegExp): Promise<void> {
      while (!lines.some((one) => line.test(one))) {
        if (child.exitCode !== null) throw new Error(`${child.spawnargs[1]} ended.\n${lines.join('\n')}\n${stderr}`)
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      }
    },
  }
}

/** @param asPage for the cookie that a page of the gateway's own gets; else for the token */
async function signIn({ url, env }: SpawnedGateway, asPage = false): Promise<string> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }'
  const input = { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD }
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(asPage && { 'sec-fetch-site': 'same-origin' }) },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const { data } = (await answer.json()) as { data: { signIn: { sessionToken: string | null } } }
  return data.signIn.sessionToken ?? answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function createApp({ url }: SpawnedGateway, token: string, name: string): Promise<void> {
  const mutation = 'mutation ($input: CreateAppInput!) { createApp(input: $input) { errors { message } } }'
  const { body } = await postGraphQL(url, mutation, { input: { name, scopes: [] } }, token)
  expect(body).toEqual({ data: { createApp: { errors: [] } } })
}

const TITLE =
  'graphql-ws, urql, Apollo, Relay, fetch and EventSource tell each event once, over a killed and a stopped gateway'
test(TITLE, { timeout: 300_000 }, async ({ engine }) => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await tempFolder())
  await symlink(modules, `${folder.path}/node_modules`)
  const database: Record<string, string> =
    engine === 'postgres' ? { DATABASE_URL: stack.use(await createPostgresDatabase()).url } : {}
  const first = stack.use(await spawnGateway(database))
  const again = { ...first.env, PORT: new URL(first.url).port }
  const token = await signIn(first)
  const cookie = await signIn(first, true)

  const printing = await Promise.all(
    Object.entries(CLIENTS).map(async ([file, text]) => {
      await writeFile(`${folder.path}/${file}`, text)
      const child = spawn(`${modules}/.bin/node`, [file], {
        cwd: folder.path,
        env: { PATH: process.env.PATH, URL: first.url, TOKEN: token, COOKIE: cookie },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      stack.defer(async () => {
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      })
      return { file, ...linesOf(child) }
    }),
  )
  const allTell = (line: RegExp) => Promise.all(printing.map(({ until }) => until(line)))

  await createApp(first, token, 'Billing')
  await allTell(/created Billing$/)
  await first.kill('SIGKILL')
  const second = stack.use(await spawnGateway(again))
  await createApp(second, token, 'Shipping')
  await allTell(/created Shipping$/)
  expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  const third = stack.use(await spawnGateway(again))
  await createApp(third, token, 'Returns')
  await allTell(/created Returns$/)

  const told = [
    '1 system created the account Default',
    '2 system added owner@example.com as OWNER',
    '3 owner@example.com signed in',
    '4 owner@example.com signed in',
    '5 owner@example.com created Billing',
    '6 owner@example.com created Shipping',
    '7 owner@example.com created Returns',
  ]
  for (const { file, lines } of printing) expect([file, lines]).toEqual([file, told])
})
