import { createLocalJWKSet, type JSONWebKeySet, type JWK, jwtVerify } from 'jose'
import { inject, vi } from 'vitest'
import { connectPostgres, type Database } from '../../src/database/index.ts'
import { revokeSigningKey, rotateSigningKeys } from '../../src/keys/index.ts'
import { keySettingsOf } from '../../src/open-database.ts'
import { daysLater } from '../keys/signing-keys.ts'
import { describe, expect, startTestGateway, subscribe, type TestGateway, test } from '../support/index.ts'
import { basic, grant, introspect, newApp, startTwoGateways } from './oauth.ts'
import { publishedKids } from './published-kids.ts'

const JWKS = '/.well-known/jwks.json'
const jwksOf = async (gateway: TestGateway) => (await (await fetch(gateway.url + JWKS)).json()) as JSONWebKeySet
const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { alg: string; kid: string }
const viewer = '{ viewer { actor { id } } }'

const members: Record<string, JWK> = {
  ES256: { kty: 'EC', crv: 'P-256', x: expect.stringMatching(/^[\w-]{43}$/), y: expect.stringMatching(/^[\w-]{43}$/) },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: expect.stringMatching(/^[\w-]{43}$/) },
  RS256: { kty: 'RSA', n: expect.stringMatching(/^[\w-]{342}$/), e: 'AQAB' }, // 2048 bits
}
for (const [alg, shown] of Object.entries(members))
  test(`TOKEN_ALGORITHM=${alg}: tokens verify by the JWKS alone, hold here, and no private part is shown`, {
    timeout: 60_000,
  }, async () => {
    await using gateway = await startTestGateway({ env: { TOKEN_ALGORITHM: alg } })
    const token = await grant(gateway.url, await newApp(gateway, await gateway.signIn()))
    const jwks = await jwksOf(gateway)
    const [next, current] = jwks.keys
    const header = { alg, typ: 'at+jwt', kid: current?.kid }
    expect(headerOf(token)).toEqual(header)
    const verified = await jwtVerify(token, createLocalJWKSet(jwks), { issuer: gateway.publicUrl, typ: 'at+jwt' })
    expect(verified.protectedHeader).toEqual(header)
    const key = { ...shown, alg, use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) }
    expect(jwks.keys).toEqual([key, key])
    expect(next?.kid).not.toBe(current?.kid)
    expect((await gateway.graphql(viewer, {}, token)).status).toBe(200)
  })

test('RFC 9110 §13.1.2: the JWKS is kept for five minutes, asked for again by its entity tag, and open to any page', async ({
  gateway,
}) => {
  const first = await fetch(gateway.url + JWKS, { headers: { origin: 'https://app.example.com' } })
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[\w-]{43}"$/)
  const headers = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }
  expect(Object.fromEntries(first.headers)).toMatchObject({ ...headers, 'access-control-expose-headers': 'etag' })
  expect(first.headers.get('access-control-allow-credentials')).toBeNull()
  const again = await fetch(gateway.url + JWKS, { headers: { 'if-none-match': etag } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect(Object.fromEntries(again.headers)).toMatchObject({ ...headers, etag })
  const head = await fetch(gateway.url + JWKS, { method: 'HEAD' })
  expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
  expect(head.headers.get('content-length')).toBe(String((await first.arrayBuffer()).byteLength))
  const asked = await fetch(gateway.url + JWKS, { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } })
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([204, 'if-none-match'])
  expect((await fetch(gateway.url + JWKS, { method: 'POST' })).status).toBe(405)
})

describe.runIf(inject('engine') === 'postgres')('with several gateways', () => {
  /** Two gateways, a session of their owner, what each has published, and a way to their table. */
  async function start(opened: AsyncDisposableStack, env: Record<string, string> = {}) {
    const { first, second, host } = opened.use(await startTwoGateways(env))
    const connection = connectPostgres(first.config.databaseUrl ?? '', { max: 1 })
    opened.defer(connection.close)
    const kids = (gateway: TestGateway) => publishedKids(gateway, host)
    return { first, second, host, db: connection.db, kids, session: await first.signIn() }
  }
  const byHand = ({ config }: TestGateway) => {
    const { wrapping, signing } = keySettingsOf(config)
    return {
      rotate: (db: Database) => rotateSigningKeys(db, wrapping, signing),
      revoke: (db: Database, kid: string) => revokeSigningKey(db, wrapping, signing, kid),
    }
  }
  const soon = { timeout: 15_000, interval: 100 }

  test('keys rotate by age, all gateways agree, and tokens from before hold', { timeout: 60_000 }, async () => {
    await using opened = new AsyncDisposableStack()
    const { first, second, host, db, kids, session } = await start(opened)
    const app = await newApp(first, session)
    const [next, current] = await kids(first)
    expect(await kids(second)).toEqual([next, current])
    const before = await grant(first.url, app)
    expect(headerOf(before).kid).toBe(current)

    await daysLater(db, 30)
    await vi.waitFor(async () => {
      expect(await kids(first)).toEqual([expect.any(String), next, current])
      expect(await kids(second)).toEqual(await kids(first))
    }, soon)
    const after = await grant(first.url, app)
    expect(headerOf(after).kid).toBe(next)
    for (const token of [before, after])
      expect((await introspect(second.url, token, { ...basic(app), ...host })).body.active).toBe(true)
  })

  test('a revoked key’s tokens die on every gateway; all others hold', {
    timeout: 60_000,
  }, async () => {
    await using opened = new AsyncDisposableStack()
    const { first, second, host, db, kids, session } = await start(opened)
    const app = await newApp(first, session, ['/chatelaine/apps/list', '/chatelaine/audit/read'])
    const leaked = await grant(first.url, app)
    const [next] = await kids(first)
    await using stream = subscribe(first.url, leaked, 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }')
    await stream.next()
    await byHand(first).revoke(db, headerOf(leaked).kid)
    const isActive = async (gateway: TestGateway, token: string) =>
      (await introspect(gateway.url, token, { ...basic(app), ...host })).body.active
    await vi.waitFor(async () => {
      expect(await isActive(first, leaked)).toBe(false)
      expect(await isActive(second, leaked)).toBe(false)
      expect((await first.graphql('{ apps { totalCount } }', {}, leaked)).status).toBe(401)
      for (const gateway of [first, second]) expect(await kids(gateway)).toEqual([expect.any(String), next])
    }, soon)
    expect((await stream.closed).code).toBe(4403) // comes back with a fresh token
    const fresh = await grant(first.url, app)
    expect(headerOf(fresh).kid).toBe(next)
    expect([await isActive(first, fresh), await isActive(second, fresh)]).toEqual([true, true])
  })

  test('another TOKEN_ALGORITHM after a restart: the next key is of it, and tokens of both hold', {
    timeout: 60_000,
  }, async () => {
    await using opened = new AsyncDisposableStack()
    const { first, db, kids, session } = await start(opened)
    const app = await newApp(first, session)
    const before = await grant(first.url, app)
    const [, current] = await kids(first)
    await using third = await startTestGateway({ env: { ...first.env, TOKEN_ALGORITHM: 'EdDSA' } })
    const keys = (await jwksOf(third)).keys.map(({ alg, kid }) => [alg, kid === current])
    expect(keys).toEqual([
      ['EdDSA', false],
      ['ES256', true],
    ])
    await byHand(third).rotate(db)
    await vi.waitFor(async () => expect(await kids(first)).toHaveLength(3), soon)
    const after = await grant(first.url, app)
    expect([headerOf(before).alg, headerOf(after).alg]).toEqual(['ES256', 'EdDSA'])
    for (const token of [before, after]) expect((await introspect(first.url, token, basic(app))).body.active).toBe(true)
  })
})
