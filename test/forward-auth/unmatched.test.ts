import { expect, test } from '../support/index.ts'
import { grant } from '../tokens/oauth.ts'
import { ask, forwarded, guardedApi, INVALID_REQUEST, OTHER_API } from './guarded-api.ts'
import { PATH_TRICKS } from './tricks.ts'

test('with FORWARD_AUTH_UNMATCHED=allow, what no endpoint guards is open to a token that holds, and nothing else', async () => {
  await using api = await guardedApi({ FORWARD_AUTH_UNMATCHED: 'allow' })
  const { gateway, token, app } = api
  const status = async (method: string, uri: string, shown: string | undefined = token) =>
    (await ask(gateway.url, forwarded(method, uri, shown))).status
  expect(await status('GET', '/public')).toBe(200)
  expect(await status('POST', '/v1/invoices/1?x=/v1/orders')).toBe(200)
  expect((await ask(gateway.url, forwarded('GET', '/public'))).status).toBe(401)
  expect(await status('GET', '/public', `${token}x`)).toBe(401)
  expect(await status('GET', '/public', await grant(gateway.url, app, { resource: OTHER_API }))).toBe(403)

  // What a scope opens is not to be had by another method, case or slash: the API may make no difference there.
  for (const [method, uri] of [
    ['DELETE', '/v1/orders/1'],
    ['PATCH', '/v1/orders/1'],
    ['delete', '/v1/orders/1'],
    ['GET', '/V1/Orders/1'],
    ['GET', '/v1/orders/1/'],
    ['GET', '/V1/orders/1/Files/CAF%C3%A9/'],
  ] as const)
    expect([method, uri, await status(method, uri)]).toEqual([method, uri, 403])
  for (const [what, uri] of PATH_TRICKS)
    expect([what, await ask(gateway.url, forwarded('GET', uri, token))]).toMatchObject([
      what,
      { status: 403, headers: { 'www-authenticate': INVALID_REQUEST } },
    ])
}, 90_000)

test('a token without any scope passes there with an empty X-Scopes: it is never left out', async () => {
  await using api = await guardedApi({ FORWARD_AUTH_UNMATCHED: 'allow' })
  const { gateway, session, app } = api
  const take = 'mutation ($id: ID!) { updateApp(input: {id: $id, scopes: []}) { errors { code } } }'
  await gateway.graphql(take, { id: app.id }, session)
  const { status, headers } = await ask(gateway.url, forwarded('GET', '/public', api.token))
  expect([status, headers['x-client-id'], headers['x-scopes']]).toEqual([200, app.clientId, ''])
}, 90_000)
