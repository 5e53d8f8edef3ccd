import {
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretJwt,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  discoveryRequest,
  introspectionRequest,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  processDiscoveryResponse,
  processIntrospectionResponse,
  processRevocationResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  validateJwtAccessToken,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { expect, type TestGateway, test } from '../support/index.ts'
import { newApp, type OAuthApp } from '../tokens/oauth.ts'
import { KINDS, newSigningKey } from './signing-key.ts'

const insecure = { [allowInsecureRequests]: true } // loopback alone
const LIST = '/twilio/messaging/messages/list'
const READ = '/twilio/messaging/messages/read'

/** A strict client of its own, for one app, which knows of the server what RFC 8414 tells. */
async function clientOf(gateway: TestGateway, app: OAuthApp) {
  const issuer = new URL(gateway.publicUrl)
  const discovered = await discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const server = await processDiscoveryResponse(issuer, discovered)
  const client: Client = { client_id: app.clientId }
  return {
    server,
    async grant(authentication: ClientAuth, parameters: Record<string, string> = {}) {
      const response = await clientCredentialsGrantRequest(server, client, authentication, parameters, insecure)
      return processClientCredentialsResponse(server, client, response)
    },
    async introspect(authentication: ClientAuth, token: string) {
      const response = await introspectionRequest(server, client, authentication, token, insecure)
      return processIntrospectionResponse(server, client, response)
    },
    async revoke(authentication: ClientAuth, token: string) {
      return processRevocationResponse(await revocationRequest(server, client, authentication, token, insecure))
    },
    async refresh(authentication: ClientAuth) {
      return refreshTokenGrantRequest(server, client, authentication, 'x', insecure)
    },
  }
}

/** How a promise was refused: by an error in the body, or by a challenge, which is all that this client reads then. */
async function refusalOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof ResponseBodyError) return [error.status, error.error]
  if (error instanceof WWWAuthenticateChallengeError) return [error.status, ...error.cause.map(({ scheme }) => scheme)]
  throw error
}

async function addKey(gateway: TestGateway, session: string, app: OAuthApp, jwk: object) {
  const add = 'mutation ($input: AddAppKeyInput!) { addAppKey(input: $input) { key { algorithm } errors { code } } }'
  const { body } = await gateway.graphql(add, { input: { appId: app.id, jwk } }, session)
  expect(body.data).toMatchObject({ addAppKey: { errors: [] } })
}

test('by Basic and by form it gets tokens, asks about them and ends them', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [LIST, READ])
  const { grant, introspect, revoke } = await clientOf(gateway, app)
  for (const authentication of [ClientSecretBasic(app.secret), ClientSecretPost(app.secret)]) {
    const { access_token, ...answer } = await grant(authentication, { scope: LIST })
    expect(answer).toEqual({ token_type: 'bearer', expires_in: 3600, scope: LIST })
    expect(await introspect(authentication, access_token)).toMatchObject({
      active: true,
      client_id: app.clientId,
      scope: LIST,
      iss: gateway.publicUrl,
    })
    expect(await revoke(authentication, access_token)).toBeUndefined()
    expect(await introspect(authentication, access_token)).toEqual({ active: false })
    expect(await revoke(authentication, access_token)).toBeUndefined()
  }
})

test.for(KINDS)(
  'by a key of %s it gets tokens, asks about them and ends them',
  async (kind, { gateway, token: session }) => {
    const app = await newApp(gateway, session, [LIST])
    const { key, jwk } = await newSigningKey(kind)
    await addKey(gateway, session, app, { ...jwk, kid: 'its own' })
    const { grant, introspect, revoke } = await clientOf(gateway, app)
    for (const authentication of [PrivateKeyJwt(key), PrivateKeyJwt({ key, kid: 'its own' })]) {
      const { access_token } = await grant(authentication)
      expect(await introspect(authentication, access_token)).toMatchObject({ active: true, client_id: app.clientId })
      await revoke(authentication, access_token)
      expect(await introspect(authentication, access_token)).toEqual({ active: false })
    }
    expect(await refusalOf(grant(PrivateKeyJwt({ key, kid: 'another' })))).toEqual([401, 'basic'])
    expect(await refusalOf(grant(PrivateKeyJwt((await newSigningKey(kind)).key)))).toEqual([401, 'basic'])
  },
)

test('RFC 9068 §4: its own resource server takes the token as an access token of ours', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session, [LIST])
  const { grant, server } = await clientOf(gateway, app)
  const { access_token } = await grant(ClientSecretBasic(app.secret))
  const request = new Request('http://api.example/', { headers: { authorization: `Bearer ${access_token}` } })
  const claims = await validateJwtAccessToken(server, request, gateway.publicUrl, insecure)
  expect(claims).toMatchObject({ client_id: app.clientId, sub: app.clientId, scope: LIST })
})

test('RFC 6749 §5.2, RFC 8707 §2: it is told what was wrong', async ({ gateway, token: session }) => {
  const app = await newApp(gateway, session, [LIST])
  const { grant, introspect, revoke, refresh } = await clientOf(gateway, app)
  const right = ClientSecretPost(app.secret)
  const { access_token } = await grant(right)
  expect(await refusalOf(grant(right, { scope: READ }))).toEqual([400, 'invalid_scope'])
  expect(await refusalOf(grant(right, { resource: 'https://elsewhere.example' }))).toEqual([400, 'invalid_target'])
  for (const wrong of [ClientSecretBasic('wrong'), ClientSecretPost('wrong'), ClientSecretJwt(app.secret)]) {
    expect(await refusalOf(grant(wrong))).toEqual([401, 'basic'])
    expect(await refusalOf(introspect(wrong, access_token))).toEqual([401, 'basic', 'bearer'])
    expect(await refusalOf(revoke(wrong, access_token))).toEqual([401, 'basic'])
  }
  expect(await refusalOf(grant(None()))).toEqual([401, 'basic'])
  const both: ClientAuth = async (...request) => {
    await ClientSecretBasic(app.secret)(...request)
    await right(...request)
  }
  expect(await refusalOf(grant(both))).toEqual([400, 'invalid_request'])
  const refreshed = await refresh(right)
  expect([refreshed.status, await refreshed.json()]).toMatchObject([400, { error: 'unsupported_grant_type' }])
  expect(await introspect(right, access_token)).toMatchObject({ active: true })
})

test('draft-ietf-oauth-rfc7523bis: it signs for the issuer as one string; for any other audience it is refused', async ({
  gateway,
  token: session,
}) => {
  const app = await newApp(gateway, session)
  const { key, jwk } = await newSigningKey('P-256')
  await addKey(gateway, session, app, jwk)
  const { grant, server } = await clientOf(gateway, app)
  const audience = (aud: unknown) =>
    PrivateKeyJwt(key, {
      [modifyAssertion]: (_header, payload) => {
        payload.aud = aud as string
      },
    })
  expect(await grant(audience(server.issuer))).toMatchObject({ token_type: 'bearer' })
  for (const aud of [server.token_endpoint, [server.issuer], [server.issuer, server.token_endpoint]])
    expect(await refusalOf(grant(audience(aud)))).toEqual([401, 'basic'])
})
