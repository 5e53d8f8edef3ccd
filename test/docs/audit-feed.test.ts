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

/** The block of the page whose first line names that file. */
function printed(file: string): string {
  const blocks = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '')
  const block = blocks.find((text) => text.startsWith(`// ${file}:`))
  if (!block) throw new Error(`docs/audit-feed.md prints no ${file}.`)
  return block
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
        if (child.exitCode !== null) throw new Error(`It ended.\n${lines.join('\n')}\n${stderr}`)
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      }
    },
  }
}

async function signIn({ url, env }: SpawnedGateway): Promise<string> {
  const answer = await postGraphQL<{ signIn: { sessionToken: string } }>(
    url,
    'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }',
    { input: { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD } },
  )
  return answer.body.data?.signIn.sessionToken ?? ''
}

async function createApp({ url }: SpawnedGateway, token: string, name: string): Promise<void> {
  const mutation = 'mutation ($input: CreateAppInput!) { createApp(input: $input) { errors { message } } }'
  const { body } = await postGraphQL(url, mutation, { input: { name, scopes: [] } }, token)
  expect(body).toEqual({ data: { createApp: { errors: [] } } })
}

for (const file of ['follow.mjs', 'follow-sse.mjs'])
  test(`${file} of docs/audit-feed.md tells each event once, over a killed gateway`, { timeout: 120_000 }, async ({
    engine,
  }) => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await tempFolder())
    await symlink(modules, `${folder.path}/node_modules`)
    await writeFile(`${folder.path}/${file}`, printed(file))
    const database: Record<string, string> =
      engine === 'postgres' ? { DATABASE_URL: stack.use(await createPostgresDatabase()).url } : {}
    const first = stack.use(await spawnGateway(database))
    const token = await signIn(first)

    const child = spawn(`${modules}/.bin/node`, [file], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, URL: first.url, TOKEN: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    stack.defer(async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    })
    const printing = linesOf(child)
    await createApp(first, token, 'Billing')
    await printing.until(/created Billing$/)

    await first.kill('SIGKILL')
    const second = stack.use(await spawnGateway({ ...first.env, PORT: new URL(first.url).port }))
    await createApp(second, token, 'Shipping')
    await printing.until(/created Shipping$/)

    expect(printing.lines).toEqual([
      '1 system created the account Default',
      '2 system added owner@example.com as OWNER',
      '3 owner@example.com signed in',
      '4 owner@example.com created Billing',
      '5 owner@example.com created Shipping',
    ])
  })
