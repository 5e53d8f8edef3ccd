import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrant,
  discovery,
  genericGrantRequest,
  PrivateKeyJwt,
  ResponseBodyError,
  tokenIntrospection,
  tokenRevocation,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { expect, type TestGateway, test } from '../support/index.ts'
import { newApp, type OAuthApp } from '../tokens/oauth.ts'
import { KINDS, newSigningKey } from './signing-key.ts'

const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'

/** The client for one app and one way to authenticate. */
const configure = (gateway: TestGateway, { clientId }: OAuthApp, authentication: ClientAuth) =>
  discovery(new URL(gateway.publicUrl), clientId, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [allowInsecureRequests], // loopback alone
  })

const refusalOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof ResponseBodyError) return [error.status, error.error]
  if (error instanceof WWWAuthenticateChallengeError) return [error.status, ...error.cause.map(({ scheme }) => scheme)]
  throw error
}

test('by Basic and by form it gets tokens, asks about them and ends them', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [LIST, READ])
  for (const authentication of [ClientSecretBasic(app.secret), ClientSecretPost(app.secret)]) {
    const config = await configure(gateway, app, authentication)
    const { access_token, ...answer } = await clientCredentialsGrant(config, { scope: READ })
    expect(answer).toEqual({ token_type: 'bearer', expires_in: 3600, scope: READ })
    expect(await tokenIntrospection(config, access_token)).toMatchObject({ active: true, client_id: app.clientId })
    await tokenRevocation(config, access_token)
    expect(await tokenIntrospection(config, access_token)).toEqual({ active: false })
  }
})

test.for(KINDS)(
  'by a key of %s it gets tokens, asks about them and ends them',
  async (kind, { gateway, token: session }) => {
    const app = await newApp(gateway, session, [LIST])
    const { key, jwk } = await newSigningKey(kind)
    const add = 'mutation ($input: AddAppKeyInput!) { addAppKey(input: $input) { errors { code } } }'
    await gateway.graphql(add, { input: { appId: app.id, jwk } }, session)
    const config = await configure(gateway, app, PrivateKeyJwt(key))
    const { access_token } = await clientCredentialsGrant(config)
    expect(await tokenIntrospection(config, access_token)).toMatchObject({ active: true, client_id: app.clientId })
    await tokenRevocation(config, access_token)
    expect(await tokenIntrospection(config, access_token)).toEqual({ active: false })
    const stranger = await configure(gateway, app, PrivateKeyJwt((await newSigningKey(kind)).key))
    expect(await refusalOf(clientCredentialsGrant(stranger))).toEqual([401, 'basic'])
  },
)

test('a resource server asks about all tokens of the account, by its secret and by a bearer', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const resourceServer = await newApp(gateway, session, ['/chatelaine/tokens/introspect'])
  const { access_token } = await clientCredentialsGrant(await configure(gateway, app, ClientSecretBasic(app.secret)))
  const bySecret = await configure(gateway, resourceServer, ClientSecretBasic(resourceServer.secret))
  expect(await tokenIntrospection(bySecret, access_token)).toMatchObject({ active: true, client_id: app.clientId })
  const own = await clientCredentialsGrant(bySecret)
  const byBearer = await configure(gateway, resourceServer, (_server, _client, _body, headers) =>
    headers.set('authorization', `Bearer ${own.access_token}`),
  )
  expect(await tokenIntrospection(byBearer, access_token)).toMatchObject({ active: true, scope: LIST })
  await tokenRevocation(bySecret, own.access_token)
  expect(await refusalOf(tokenIntrospection(byBearer, access_token))).toEqual([401, 'bearer'])
})

test('RFC 6749 §5.2, RFC 8707 §2: it is told what was wrong', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [LIST])
  const right = await configure(gateway, app, ClientSecretPost(app.secret))
  expect(await refusalOf(clientCredentialsGrant(right, { scope: READ }))).toEqual([400, 'invalid_scope'])
  const elsewhere = { resource: 'https://elsewhere.example' }
  expect(await refusalOf(clientCredentialsGrant(right, elsewhere))).toEqual([400, 'invalid_target'])
  expect(await refusalOf(genericGrantRequest(right, 'password', {}))).toEqual([400, 'unsupported_grant_type'])
  for (const wrong of [ClientSecretBasic('wrong'), ClientSecretPost('wrong')]) {
    const config = await configure(gateway, app, wrong)
    expect(await refusalOf(clientCredentialsGrant(config))).toEqual([401, 'basic'])
    expect(await refusalOf(tokenIntrospection(config, 'x'))).toEqual([401, 'basic', 'bearer'])
    expect(await refusalOf(tokenRevocation(config, 'x'))).toEqual([401, 'basic'])
  }
})

test('RFC 6585 §4: after too many failures it is told so by the status, and the right secret works', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const wrong = await configure(gateway, app, ClientSecretPost('wrong'))
  for (let failure = 0; failure < 20; failure += 1)
    expect(await refusalOf(clientCredentialsGrant(wrong))).toEqual([401, 'basic'])
  expect(await refusalOf(clientCredentialsGrant(wrong))).toEqual([429, 'invalid_client'])
  const right = await configure(gateway, app, ClientSecretPost(app.secret))
  expect(await clientCredentialsGrant(right)).toMatchObject({ token_type: 'bearer' })
})
