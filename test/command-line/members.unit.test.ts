import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { spawnGateway, tempFolder } from '../support/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** As `npm run members -- …` does it. */
async function members(args: string[], env: Record<string, string>) {
  const run = promisify(execFile)(`${root}/node_modules/.bin/node`, ['src/command-line/members.ts', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
  })
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

test('reset-password gives a new password, ends all sessions, and is audited', { timeout: 120_000 }, async () => {
  await using folder = await tempFolder()
  const env = { DATA_DIR: `${folder.path}/data` }
  const first = await spawnGateway(env)
  const refused = await members(['reset-password', 'owner@example.com'], env)
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Another Chatelaine has the folder') })
  await first.kill()

  expect(await members(['reset-password'], env)).toMatchObject({ code: 2 })
  expect(await members(['reset-password', 'nobody@example.com'], env)).toMatchObject({ code: 1, stdout: '' })
  const { code, stdout, stderr } = await members(['reset-password', 'Owner@example.com'], env)
  expect([code, stderr]).toEqual([0, ''])
  const password = /: (\S+)\n$/.exec(stdout)?.[1] ?? ''

  await using second = await spawnGateway(env)
  const signIn = async (given: string) => {
    const response = await fetch(`${second.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'mutation ($password: String!) { signIn(input: {email: "owner@example.com", password: $password}) { sessionToken errors { code } } }',
        variables: { password: given },
      }),
    })
    return (
      (await response.json()) as { data: { signIn: { sessionToken: string | null; errors: { code: string }[] } } }
    ).data.signIn
  }
  expect(await signIn(first.env.ADMIN_PASSWORD ?? '')).toMatchObject({ errors: [{ code: 'INVALID_CREDENTIALS' }] })
  const { sessionToken } = await signIn(password)
  const events = await fetch(`${second.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sessionToken}` },
    body: JSON.stringify({
      query: '{ auditEvents(filter: {types: [PASSWORD_CHANGED]}) { nodes { actorName source } } }',
    }),
  })
  expect(await events.json()).toEqual({ data: { auditEvents: { nodes: [{ actorName: 'system', source: 'CLI' }] } } })
})
