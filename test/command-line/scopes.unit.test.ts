import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { acme, endpoint, store, written } from '../scopes/own-catalogue.ts'
import { tempFolder } from '../support/temp-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** As `npm run scopes -- …` does it, with no other setting than this. */
async function scopes(args: string[], content?: unknown) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'scopes.json')
  if (content !== undefined) await writeFile(file, written(content))
  const env = { PATH: process.env.PATH, ...(content !== undefined && { SCOPES_FILE: file }) }
  const run = promisify(execFile)(`${root}/node_modules/.bin/node`, ['src/command-line/scopes.ts', ...args], {
    cwd: root,
    env,
    maxBuffer: 10_000_000,
  })
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  )
}
const titled = { ...acme, products: [{ ...store, title: 'Store | "old"' }] }

test('export --format csv prints a row for each endpoint', { timeout: 60_000 }, async () => {
  const more = { ...endpoint, method: 'DELETE', path: '/bolts/{id},{size}' }
  const content = { ...acme, scopes: acme.scopes.map((scope) => ({ ...scope, endpoints: [endpoint, more] })) }
  expect(await scopes(['export', '--format', 'csv'], content)).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'product,scope,title,method,host,path',
      'store,/acme/store/bolts/read,Read bolts,GET,api.acme.example,/bolts/{id}',
      'store,/acme/store/bolts/read,Read bolts,DELETE,api.acme.example,"/bolts/{id},{size}"',
      '',
    ].join('\r\n'),
  })
})

test('export --format md prints a page for each product', { timeout: 60_000 }, async () => {
  const { code, stdout } = await scopes(['export', '--format', 'md'], titled)
  expect([code, stdout]).toEqual([
    0,
    [
      '# Store \\| "old"',
      '',
      '| scope | what | endpoint |',
      '|---|---|---|',
      '| `/acme/store/bolts/read` | Read bolts | `GET api.acme.example/bolts/{id}` |',
      '',
    ].join('\n'),
  ])
})

test('without SCOPES_FILE it is the built-in catalogue, all 802 endpoints of it', { timeout: 60_000 }, async () => {
  const { stdout } = await scopes(['export', '--format', 'csv'])
  expect(stdout.split('\r\n')).toHaveLength(1 + 802 + 1)
})

test('a mistake in the file is told with its line, and one in the command with how it is used', {
  timeout: 60_000,
}, async () => {
  const wrong = await scopes(['export', '--format', 'csv'], { ...acme, products: [] })
  expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^SCOPES_FILE, line \d+: /) })
  for (const args of [[], ['export'], ['export', '--format', 'xml'], ['import'], ['export', '--format', 'md', '--all']])
    expect(await scopes(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('npm run scopes') })
})
