import { expect, test } from '../support/index.ts'

const html = { accept: 'text/html' }

test('/graphql opened in a browser is GraphiQL, without any inline or foreign script', async ({ gateway }) => {
  const answer = await fetch(`${gateway.url}/graphql`, { headers: html })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("connect-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  const page = await answer.text()
  expect(page).not.toMatch(/https?:|<style|\sstyle=|\son\w+=/)
  for (const [tag] of page.matchAll(/<script\b[^>]*>/g))
    expect(tag).toMatch(/ src="\/graphiql\/[0-9a-f]{16}\/[\w-]+\.js"/)
  expect((await fetch(`${gateway.url}/graphql`, { method: 'HEAD', headers: html })).headers.get('content-length')).toBe(
    String(Buffer.byteLength(page)),
  )
})

test('what the page loads is there, compressed to who takes it so, and kept for ever', async ({ gateway }) => {
  const page = await (await fetch(`${gateway.url}/graphql`, { headers: html })).text()
  const folder = /\/graphiql\/[0-9a-f]{16}\//.exec(page)?.[0]
  const names = ['graphiql.css', 'graphiql.js', 'start.js', 'editor-worker.js', 'json-worker.js', 'graphql-worker.js']
  for (const name of names) {
    const sizes = []
    for (const encoding of ['identity', 'gzip;q=0, br;q=0', 'gzip', 'gzip, deflate, br']) {
      const answer = await fetch(`${gateway.url}${folder}${name}`, { headers: { 'accept-encoding': encoding } })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(name.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      sizes.push([answer.headers.get('content-encoding'), (await answer.text()).length])
    }
    const [, length] = sizes[0] ?? []
    expect(sizes).toEqual([
      [null, length],
      [null, length],
      ['gzip', length],
      ['br', length],
    ])
  }
})

test('a file that is not there, and any other method, is 404', async ({ gateway }) => {
  const page = await (await fetch(`${gateway.url}/graphql`, { headers: html })).text()
  const script = /\/graphiql\/[^"]+\.js/.exec(page)?.[0] ?? ''
  for (const [method, path] of [
    ['GET', '/graphiql/'],
    ['GET', '/graphiql/0000000000000000/graphiql.js'],
    ['GET', script.replace('.js', '.map')],
    ['POST', script],
  ] as const) {
    const answer = await fetch(`${gateway.url}${path}`, { method, headers: html })
    expect([answer.status, await answer.text()]).toEqual([404, '{"error":"not_found"}'])
  }
})

test('who asks for no page gets GraphQL, also by GET', async ({ gateway, token }) => {
  const query = encodeURIComponent('{ viewer { role } }')
  const answer = await fetch(`${gateway.url}/graphql?query=${query}`, {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  })
  expect(await answer.json()).toEqual({ data: { viewer: { role: 'OWNER' } } })
})
