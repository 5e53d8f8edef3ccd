import { get } from 'node:http'
import { inject } from 'vitest'
import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'
import { grant, newApp } from '../tokens/oauth.ts'
import { ownDatabase } from './own-database.ts'

/** 30 MB of history, more than a connection takes that nobody reads. */
const fill = (account: string) => `set role chatelaine_member; set chatelaine.account = '${account}';
  select append_event(gen_random_uuid(), 'SIGNED_IN', null, null, null, clock_timestamp(), false,
    '{"accountId":"${account}","occurredAt":"', '","sequence":', ',"userAgent":"' || repeat('x', 200000) || '"}') is null
  from generate_series(1, 150)`

/** An export that has begun and that nobody reads. `ended`: whether all of it came, once it is read. */
async function beginExport(gateway: TestGateway, token: string) {
  const { promise: begun, resolve, reject } = Promise.withResolvers<{ ended(): Promise<boolean> }>()
  get(`${gateway.url}/audit/export`, { headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
    expect(response.statusCode).toBe(200)
    const { promise: ended, resolve: end } = Promise.withResolvers<boolean>()
    response.on('error', () => {}).on('close', () => end(response.complete))
    resolve({
      ended() {
        response.resume()
        return ended
      },
    })
  }).on('error', reject)
  return begun
}

async function underWay(gateway: TestGateway): Promise<number> {
  const body = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(/^chatelaine_feed_watchers (\d+)$/m.exec(body)?.[1])
}

test('an export under way is cut off with the end of its session, or of the right to it', {
  timeout: 60_000,
}, async () => {
  await using database = await ownDatabase(inject('engine'))
  const first = await startTestGateway({ env: database.env })
  const session = await first.signIn()
  const viewer = await first.graphql<{ viewer: { account: { id: string } } }>(
    '{ viewer { account { id } } }',
    {},
    session,
  )
  await first.close()
  const account =
    Buffer.from(viewer.body.data?.viewer.account.id ?? '', 'base64url')
      .toString()
      .split(':')
      .at(-1) ?? ''
  await database.exec(fill(account))
  await using gateway = await startTestGateway({ env: first.env })

  const whole = await beginExport(gateway, session)
  expect([await underWay(gateway), await whole.ended()]).toEqual([1, true])
  await expect.poll(() => underWay(gateway)).toBe(0)

  const leaving = await gateway.signIn()
  const ofSession = await beginExport(gateway, leaving)
  expect(await underWay(gateway)).toBe(1)
  await gateway.graphql('mutation { signOut { ok } }', {}, leaving)
  await expect.poll(() => underWay(gateway), { timeout: 15_000 }).toBe(0)
  expect(await ofSession.ended()).toBe(false)

  const app = await newApp(gateway, session, ['/chatelaine/audit/read'])
  const ofApp = await beginExport(gateway, await grant(gateway.url, app))
  expect(await underWay(gateway)).toBe(1)
  const take = 'mutation ($id: ID!) { updateApp(input: { id: $id, scopes: [] }) { errors { code } } }'
  await gateway.graphql(take, { id: app.id }, session)
  await expect.poll(() => underWay(gateway), { timeout: 15_000 }).toBe(0)
  expect(await ofApp.ended()).toBe(false)
})
