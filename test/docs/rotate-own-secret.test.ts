import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test as base, expect, type TestGateway, tempFolder } from '../support/index.ts'

const run = promisify(execFile)
const JOB = fileURLToPath(new URL('../../docs/examples/rotate-own-secret.mjs', import.meta.url))
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

type Made = { createApp: { app: { id: string; clientId: string }; clientSecret: string } }
type Deployment = {
  first: string
  secret(): Promise<string>
  put(secret: string): Promise<void>
  mode(): Promise<number>
  /** Runs the job as a timer would. @throws Error with what it printed, where it fails */
  rotate(): Promise<unknown>
  statuses(secrets: string[]): Promise<number[]>
}

async function deploy(gateway: TestGateway, token: string, folder: string): Promise<Deployment> {
  const scopes = ['/chatelaine/apps.self/rotate-secret', '/twilio/messaging/messages/list']
  const { body } = await gateway.graphql<Made>(
    'mutation ($scopes: [String!]!) { createApp(input: { name: "Robot", scopes: $scopes }) { app { id clientId } clientSecret } }',
    { scopes },
    token,
  )
  if (!body.data) throw new Error(JSON.stringify(body))
  const { app, clientSecret } = body.data.createApp
  const file = `${folder}/secret`
  const env = { CHATELAINE_URL: gateway.publicUrl, APP_ID: app.id, CLIENT_ID: app.clientId, SECRET_FILE: file }
  const statusOf = async (secret: string) => {
    const form = { grant_type: 'client_credentials', client_id: app.clientId, client_secret: secret }
    return (await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })).status
  }
  await writeFile(file, `${clientSecret}\n`)
  return {
    first: clientSecret,
    secret: () => readFile(file, 'utf8'),
    put: (secret) => writeFile(file, secret),
    mode: async () => (await stat(file)).mode & 0o777,
    rotate: () => run(process.execPath, [JOB], { env }),
    statuses: (secrets) => Promise.all(secrets.map(statusOf)),
  }
}

const test = base.extend<{ deployment: Deployment }>({
  deployment: async ({ gateway, token }, use) => {
    await using folder = await tempFolder()
    await use(await deploy(gateway, token, folder.path))
  },
})

test('README.md shows the job as it stands in docs/examples', () => {
  expect(README).toContain(`\`\`\`js\n${readFileSync(JOB, 'utf8')}\`\`\`\n`)
})

test('each run puts a new secret into the file, and the one before works on', async ({ deployment }) => {
  await deployment.rotate()
  const second = await deployment.secret()
  expect(second).toMatch(/^chtl_/)
  expect(second).not.toBe(deployment.first)
  expect(await deployment.mode()).toBe(0o600)
  await deployment.rotate()
  const third = await deployment.secret()
  expect(third).not.toBe(second)
  expect(await deployment.statuses([deployment.first, second, third])).toEqual([200, 200, 200])
})

test('after an answer that was lost, the next run gets the same secret', async ({ deployment }) => {
  await deployment.rotate()
  const second = await deployment.secret()
  await deployment.put(deployment.first) // as if the job had died before it wrote
  await deployment.rotate()
  expect(await deployment.secret()).toBe(second)
})

test('a run that is refused says why, without the secret, and leaves the file as it is', async ({ deployment }) => {
  const wrong = `${deployment.first.slice(0, -1)}_`
  await deployment.put(wrong)
  const failed = await deployment.rotate().catch((error: { code: number; stderr: string }) => error)
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('Not rotated: The client could not be') })
  expect(JSON.stringify(failed)).not.toContain(wrong)
  expect(await deployment.secret()).toBe(wrong)
})
