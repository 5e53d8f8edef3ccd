import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'

type App = { clientId: string; secret: string }

async function createApp(gateway: TestGateway, token: string): Promise<App> {
  const { body } = await gateway.graphql<{ createApp: { app: { clientId: string }; clientSecret: string } }>(
    'mutation { createApp(input: { name: "Client", scopes: [] }) { app { clientId } clientSecret } }',
    {},
    token,
  )
  const created = body.data?.createApp
  if (!created) throw new Error('The app was not created.')
  return { clientId: created.app.clientId, secret: created.clientSecret }
}

/** The whole answer but for its date. */
async function ask(gateway: TestGateway, parameters: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...parameters })
  const response = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', headers, body })
  const shown = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
  return { status: response.status, headers: shown, body: (await response.json()) as Record<string, unknown> }
}

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

test('RFC 6749 §5.2: a refused client is 401 with a challenge, and nothing stored', async ({ gateway, token }) => {
  const { clientId } = await createApp(gateway, token)
  expect(await ask(gateway, { client_id: clientId, client_secret: 'wrong' })).toEqual({
    status: 401,
    headers: {
      'cache-control': 'no-store',
      pragma: 'no-cache',
      connection: 'keep-alive',
      'keep-alive': 'timeout=65',
      'content-type': 'application/json; charset=utf-8',
      'content-length': expect.any(String),
      'www-authenticate': 'Basic realm="chatelaine", charset="UTF-8"',
    },
    body: { error: 'invalid_client', error_description: 'The client could not be authenticated.' },
  })
})

test('RFC 6749 Appendix A.1: a client id with what no id can hold is an unknown one, in both ways', async ({
  gateway,
  token,
}) => {
  const { clientId, secret } = await createApp(gateway, token)
  const unknown = await ask(gateway, { client_id: 'ch_00000000000000000000000000', client_secret: secret })
  expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  for (const id of [
    `${clientId}\0`,
    '\0',
    `${clientId}\n`,
    'ch_é',
    '\ud83d\ude00',
    "' or true --",
    'x'.repeat(10_000),
  ]) {
    expect(await ask(gateway, { client_id: id, client_secret: secret }), JSON.stringify(id.slice(0, 40))).toEqual(
      unknown,
    )
    expect(await ask(gateway, {}, basic(encodeURIComponent(id), secret))).toEqual(unknown)
  }
  expect(gateway.logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
})

test('RFC 7617 §2: a secret may hold a colon, and is then simply wrong', async ({ gateway, token }) => {
  const { clientId, secret } = await createApp(gateway, token)
  expect((await ask(gateway, {}, basic(clientId, `${secret}:`))).status).toBe(401)
  expect(
    (await ask(gateway, {}, { authorization: basic(clientId, secret).authorization.replace('Basic', 'bAsIc') })).status,
  ).toBe(200)
})

test('credentials in the URL are refused, whatever the method, and stand in no log', async () => {
  await using gateway = await startTestGateway({ env: { LOG_LEVEL: 'trace' } })
  const { clientId, secret } = await createApp(gateway, await gateway.signIn())
  const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret })
  for (const method of ['GET', 'POST']) {
    const response = await fetch(`${gateway.url}/oauth/token?${query}`, {
      method,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      ...(method === 'POST' && { body: 'grant_type=client_credentials' }),
    })
    expect(response.status).toBe(method === 'GET' ? 405 : 400)
    expect(await response.text()).not.toContain(secret)
  }
  expect(JSON.stringify(gateway.logs)).not.toContain(secret)
}, 40_000)

test('RFC 8707 §2: a token is for the one resource asked for, and opens the API for none but ours', async () => {
  const api = 'https://api.example.com/'
  await using gateway = await startTestGateway({ env: { RESOURCES: api } })
  const { clientId, secret } = await createApp(gateway, await gateway.signIn())
  const granted = async (parameters: Record<string, string>) => {
    const { body } = await ask(gateway, { client_id: clientId, client_secret: secret, ...parameters })
    const access = String(body.access_token)
    const { aud } = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as { aud: unknown }
    return { aud, status: (await gateway.graphql('{ viewer { role } }', {}, access)).status }
  }
  expect(await granted({})).toEqual({ aud: api, status: 401 }) // the first of RESOURCES
  expect(await granted({ resource: api })).toEqual({ aud: api, status: 401 })
  expect(await granted({ resource: gateway.publicUrl })).toEqual({ aud: gateway.publicUrl, status: 200 })
  const near = await ask(gateway, { client_id: clientId, client_secret: secret, resource: api.slice(0, -1) })
  expect([near.status, near.body.error]).toEqual([400, 'invalid_target'])
}, 40_000)
