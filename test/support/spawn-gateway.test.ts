import { createPostgresDatabase, expect, spawnGateway, test } from './index.ts'

test('a gateway of its own process serves, and ends with 0 when asked to', async ({ engine }) => {
  await using stack = new AsyncDisposableStack()
  const env: Record<string, string> =
    engine === 'postgres' ? { DATABASE_URL: stack.use(await createPostgresDatabase()).url } : {}
  await using gateway = await spawnGateway(env)
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  expect(await gateway.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(gateway.stdout()).toContain('Chatelaine is ready')
})
