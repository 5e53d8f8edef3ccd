import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { createConsole } from '../../src/http/console.ts'
import { test as base, expect } from '../support/index.ts'
import { tempFolder } from '../support/temp-folder.ts'

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }
type Ask = (method: string, path: string, headers?: Record<string, string>) => Promise<Answer>

const html = { accept: 'text/html,application/xhtml+xml' }
const page = '<!doctype html><title>Chatelaine</title>'
const script = 'console.log("the console")'

/** By node:http, because fetch resolves `..` before it asks. */
async function serveConsole(folder: string): Promise<{ ask: Ask } & AsyncDisposable> {
  const server = createServer(createConsole(folder))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const ask: Ask = (method, path, headers = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response
      text(response).then((body) => resolve({ status, headers, body }), reject)
    })
      .on('error', reject)
      .end()
    return promise
  }
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await new Promise((closed) => server.close(closed))
    },
  }
}

const test = base.extend<{ ask: Ask }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are asked for
  ask: async ({}, use) => {
    await using folder = await tempFolder()
    const built = join(folder.path, 'console')
    await mkdir(join(built, 'assets'), { recursive: true })
    await writeFile(join(folder.path, 'secret.txt'), 'beside the console')
    await writeFile(join(built, 'index.html'), page)
    await writeFile(join(built, 'assets/main-4f2a.js'), script)
    await writeFile(join(built, 'assets/main-4f2a.js.gz'), gzipSync(script))
    await using served = await serveConsole(built)
    await use(served.ask)
  },
})

test('every page and file comes under a policy that lets nothing inline, foreign or framed run', async ({ ask }) => {
  for (const path of ['/', '/apps/QXBwOjE=', '/assets/main-4f2a.js']) {
    const { status, headers } = await ask('GET', path, html)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  }
})

test('files are kept for ever, the page is asked for anew each time', async ({ ask }) => {
  const file = await ask('GET', '/assets/main-4f2a.js')
  expect(file).toMatchObject({ status: 200, body: script })
  expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  const first = await ask('GET', '/apps', html)
  expect(first).toMatchObject({ status: 200, body: page })
  expect(first.headers['cache-control']).toBe('no-cache')
  const again = await ask('GET', '/apps', { ...html, 'if-none-match': String(first.headers.etag) })
  expect(again).toMatchObject({ status: 304, body: '' })
})

test('a file goes out compressed to who takes it so', async ({ ask }) => {
  const { headers } = await ask('GET', '/assets/main-4f2a.js', { 'accept-encoding': 'gzip' })
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(gzipSync(script).length) })
  expect((await ask('GET', '/assets/main-4f2a.js')).headers['content-encoding']).toBeUndefined()
})

test('HEAD answers as GET, without the body', async ({ ask }) => {
  for (const path of ['/', '/members', '/assets/main-4f2a.js']) {
    const [get, head] = [await ask('GET', path, html), await ask('HEAD', path, html)]
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
  }
})

test('other methods than GET and HEAD find nothing', async ({ ask }) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
    expect(await ask(method, '/', html)).toMatchObject({ status: 404, body: '{"error":"not_found"}' })
})

test('a wrong path of the API, a missing file, and what asks for no page, are 404 in JSON', async ({ ask }) => {
  const wrong = [
    '/graphql/',
    '/graphql/x',
    '/oauth',
    '/oauth/tokens',
    '/audit/export/x',
    '/forward-auth',
    '/metrics/x',
    '/healthz/',
    '/.well-known/nothing',
    '/assets/gone-1234.js',
    '/favicon.ico',
  ]
  for (const path of wrong)
    expect(await ask('GET', path, html), path).toMatchObject({ status: 404, body: '{"error":"not_found"}' })
  for (const accept of ['*/*', 'application/json'])
    expect(await ask('GET', '/apps', { accept })).toMatchObject({ status: 404, body: '{"error":"not_found"}' })
})

test('no path leads out of the folder', async ({ ask }) => {
  const ways = [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/%00',
    '/%',
    '/%E0%A4%A',
  ]
  for (const path of ways) {
    const { status, body } = await ask('GET', path)
    expect([path, status, body]).toEqual([path, 404, '{"error":"not_found"}'])
  }
})

test('a range, good or bad, is answered with the whole file', async ({ ask }) => {
  for (const range of ['bytes=0-3', 'bytes=9-3', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=99999-', ''])
    expect(await ask('GET', '/assets/main-4f2a.js', { range })).toMatchObject({ status: 200, body: script })
})

test('where it was not built, / says how to build it, and all else is 404', async () => {
  await using folder = await tempFolder()
  await using served = await serveConsole(folder.path)
  const answer = await served.ask('GET', '/', html)
  expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } })
  expect(answer.body).toContain('npm run console')
  expect(await served.ask('GET', '/apps', html)).toMatchObject({ status: 404, body: '{"error":"not_found"}' })
})
