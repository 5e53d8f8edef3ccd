import { expect, startTestGateway, test } from '../support/index.ts'

const PATH = '/.well-known/oauth-authorization-server'

test('RFC 8414 §2: the metadata names every endpoint, and how clients authenticate themselves there', async ({
  gateway,
}) => {
  const { publicUrl } = gateway
  const response = await fetch(gateway.url + PATH)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
  const algorithms = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256']
  expect(await response.json()).toEqual({
    issuer: publicUrl,
    token_endpoint: `${publicUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint: `${publicUrl}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: [...methods, 'Bearer'],
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint: `${publicUrl}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
  })
})

test('RFC 9110 §13.1.2: caches keep the metadata for five minutes, and ask again by its entity tag', async ({
  gateway,
}) => {
  const { headers } = await fetch(gateway.url + PATH)
  const etag = headers.get('etag') ?? ''
  expect(headers.get('cache-control')).toBe('public, max-age=300')
  expect(etag).toMatch(/^"[\w-]{43}"$/)
  for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
    const again = await fetch(gateway.url + PATH, { headers: { 'if-none-match': known } })
    expect([again.status, again.headers.get('etag'), await again.text()], known).toEqual([304, etag, ''])
  }
  expect((await fetch(gateway.url + PATH, { headers: { 'if-none-match': '"another"' } })).status).toBe(200)
  const head = await fetch(gateway.url + PATH, { method: 'HEAD' })
  expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
  const put = await fetch(gateway.url + PATH, { method: 'PUT', body: '{}' })
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
})

test('pages of any origin may read the metadata, and call none of the endpoints', async ({ gateway }) => {
  const origin = 'https://app.example.com'
  const read = await fetch(gateway.url + PATH, { headers: { origin } })
  expect(read.headers.get('access-control-allow-origin')).toBe('*')
  expect(read.headers.get('access-control-allow-credentials')).toBeNull()
  for (const path of ['token', 'introspect', 'revoke']) {
    const preflight = { origin, 'access-control-request-method': 'POST' }
    const asked = await fetch(`${gateway.url}/oauth/${path}`, { method: 'OPTIONS', headers: preflight })
    expect([asked.status, asked.headers.get('access-control-allow-origin')], path).toEqual([405, null])
    const called = await fetch(`${gateway.url}/oauth/${path}`, { method: 'POST', headers: { origin } })
    expect(called.headers.get('access-control-allow-origin'), path).toBeNull()
  }
})

test('RFC 8414 §3.1: of an issuer with a path, the path comes last', { timeout: 40_000 }, async () => {
  await using free = await startTestGateway()
  const { port } = new URL(free.url)
  await free.close()
  const publicUrl = `http://localhost:${port}/sso`
  await using gateway = await startTestGateway({ env: { PORT: port, PUBLIC_URL: publicUrl } })
  const read = async (path: string) => ((await (await fetch(gateway.url + path)).json()) as { issuer: string }).issuer
  expect([await read(`${PATH}/sso`), await read(PATH)]).toEqual([publicUrl, publicUrl])
  expect((await fetch(`${gateway.url}${PATH}/other`)).status).toBe(404)
})
