import { inject } from 'vitest'
import { describe, expect } from '../support/index.ts'
import {
  basic,
  bearer,
  claimsOf,
  grant,
  newApp,
  newTenant,
  type OAuthApp,
  type Parameters,
  post,
  startTwoGateways,
  test,
} from './oauth.ts'

const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'
const grantType = { grant_type: 'client_credentials' }
const form = ({ clientId, secret }: OAuthApp) => ({ ...grantType, client_id: clientId, client_secret: secret })

describe('RFC 6749 §5.2: the table of errors', () => {
  type Row = [string, (app: OAuthApp) => { parameters: Parameters; headers?: Record<string, string> }, number, string]
  const table: Row[] = [
    [
      'a required parameter is missing',
      (app) => ({ parameters: { ...form(app), grant_type: '' } }),
      400,
      'invalid_request',
    ],
    [
      'a parameter is repeated',
      (app) => ({ parameters: [...Object.entries(form(app)), ['client_id', app.clientId]] }),
      400,
      'invalid_request',
    ],
    [
      'an unknown parameter is repeated',
      (app) => ({ parameters: [...Object.entries(form(app)), ['x', '1'], ['x', '1']] }),
      400,
      'invalid_request',
    ],
    ['more than one mechanism', (app) => ({ parameters: form(app), headers: basic(app) }), 400, 'invalid_request'],
    [
      'multiple credentials that are the same',
      (app) => ({ parameters: { ...grantType, client_secret: app.secret }, headers: basic(app) }),
      400,
      'invalid_request',
    ],
    [
      'malformed: no form',
      (app) => ({ parameters: JSON.stringify(form(app)), headers: { 'content-type': 'application/json' } }),
      400,
      'invalid_request',
    ],
    [
      'malformed: no media type',
      (app) => ({ parameters: form(app), headers: { 'content-type': '' } }),
      400,
      'invalid_request',
    ],
    [
      'unknown client',
      (app) => ({ parameters: { ...form(app), client_id: 'ch_00000000000000000000000000' } }),
      401,
      'invalid_client',
    ],
    ['no client authentication included', () => ({ parameters: grantType }), 401, 'invalid_client'],
    ['only a client id', (app) => ({ parameters: { ...grantType, client_id: app.clientId } }), 401, 'invalid_client'],
    ['only a secret', (app) => ({ parameters: { ...grantType, client_secret: app.secret } }), 401, 'invalid_client'],
    [
      'unsupported authentication method',
      () => ({ parameters: grantType, headers: bearer('x') }),
      401,
      'invalid_client',
    ],
    [
      'unsupported grant type',
      (app) => ({ parameters: { ...form(app), grant_type: 'authorization_code', code: 'x' } }),
      400,
      'unsupported_grant_type',
    ],
    [
      'grant types are told by their case',
      (app) => ({ parameters: { ...form(app), grant_type: 'Client_Credentials' } }),
      400,
      'unsupported_grant_type',
    ],
    ['unknown scope', (app) => ({ parameters: { ...form(app), scope: '/nobody/has/this' } }), 400, 'invalid_scope'],
    ['malformed scope', (app) => ({ parameters: { ...form(app), scope: `${LIST}\t${READ}` } }), 400, 'invalid_scope'],
    [
      'a scope that exceeds the client’s',
      (app) => ({ parameters: { ...form(app), scope: `${LIST} /twilio/messaging/messages/create` } }),
      400,
      'invalid_scope',
    ],
    [
      'RFC 8707 §2: an unknown resource',
      (app) => ({ parameters: { ...form(app), resource: 'https://elsewhere.example/' } }),
      400,
      'invalid_target',
    ],
    [
      'RFC 8707 §2: a malformed resource',
      (app) => ({ parameters: { ...form(app), resource: 'not an address' } }),
      400,
      'invalid_target',
    ],
  ]
  test.for(table)('%s', async ([_what, request, status, error], { gateway, token: session }) => {
    const { parameters, headers } = request(await newApp(gateway, session, [LIST, READ]))
    const answer = await post(gateway.url, '/oauth/token', parameters, headers)
    expect([answer.status, answer.body.error]).toEqual([status, error])
    expect(Object.keys(answer.body)).toEqual(['error', 'error_description'])
    expect(answer.body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
    expect(answer.headers['www-authenticate'] !== undefined).toBe(status === 401)
  })
})

test('RFC 8707 §2: of two resources neither is granted, and a fragment makes none of ours', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const two: [string, string][] = [
    ...Object.entries(form(app)),
    ['resource', gateway.publicUrl],
    ['resource', 'https://b.example'],
  ]
  expect((await post(gateway.url, '/oauth/token', two)).body.error).toBe('invalid_target')
  const fragment = { ...form(app), resource: `${gateway.publicUrl}#x` }
  expect((await post(gateway.url, '/oauth/token', fragment)).body.error).toBe('invalid_target')
  expect(claimsOf(await grant(gateway.url, app)).aud).toBe(gateway.publicUrl)
})

test('RFC 6749 §3.2: parameters without a value are as if left out, unknown ones say nothing', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const empty = { scope: '', resource: '', client_assertion: '', client_assertion_type: '', nonsense: '' }
  const answer = await post(gateway.url, '/oauth/token', { ...form(app), ...empty, audience: 'x', refresh_token: 'y' })
  expect([answer.status, answer.body.scope]).toEqual([200, LIST])
})

test('RFC 6749 §3.3 and §5.1: what is granted is at most what was asked, and is told', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST, READ])
  const granted = async (scope?: string) => {
    const { body } = await post(gateway.url, '/oauth/token', { ...form(app), ...(scope && { scope }) })
    expect(claimsOf(String(body.access_token)).scope).toBe(body.scope)
    return body.scope
  }
  expect(await granted()).toBe(`${LIST} ${READ}`)
  expect(await granted(READ)).toBe(READ)
  expect(await granted(`${READ} ${LIST}`)).toBe(`${READ} ${LIST}`)
})

test('RFC 6749 §4.4: the plainest form works, in any order', async ({ gateway, token: session }) => {
  const { clientId, secret } = await newApp(gateway, session)
  for (const text of [
    `client_id=${clientId}&client_secret=${secret}&grant_type=client_credentials`,
    `grant_type=client_credentials&client_secret=${secret}&client_id=${clientId.replace('_', '%5f')}`,
  ]) {
    const answer = await post(gateway.url, '/oauth/token', text, {
      'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
    })
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
  }
})

test('another tenant’s secret with a client id, or its own with another’s, is one that never was', async ({
  gateway,
  token: session,
}) => {
  const [app, theirs] = [await newApp(gateway, session), await newApp(gateway, await newTenant(gateway))]
  const ask = (client: OAuthApp) => post(gateway.url, '/oauth/token', form(client))
  const wrong = await ask({ ...app, secret: 'wrong' })
  expect(wrong.status).toBe(401)
  expect(await ask({ ...app, secret: theirs.secret })).toEqual(wrong)
  expect(await ask({ ...theirs, secret: app.secret })).toEqual(wrong)
})

describe.runIf(inject('engine') === 'postgres')('two gateways on one database', () => {
  test('a disabled, deleted or rotated-away client is refused by both from the answer on', async () => {
    await using gateways = await startTwoGateways()
    const { first, second, host } = gateways
    const session = await first.signIn()
    const ends = [
      (id: string) => `updateApp(input: {id: "${id}", status: DISABLED}) { errors { code } }`,
      (id: string) => `deleteApp(input: {id: "${id}"}) { errors { code } }`,
      (id: string) => `rotateSecret(input: {appId: "${id}", gracePeriod: "PT0S"}) { errors { code } }`,
    ]
    for (const end of ends) {
      const app = await newApp(first, session)
      const ask = ({ url }: { url: string }) => post(url, '/oauth/token', grantType, { ...basic(app), ...host })
      expect([(await ask(first)).status, (await ask(second)).status]).toEqual([200, 200])
      await first.graphql(`mutation { ${end(app.id)} }`, {}, session)
      expect([(await ask(first)).status, (await ask(second)).status], end('…')).toEqual([401, 401])
    }
  }, 40_000)
})
