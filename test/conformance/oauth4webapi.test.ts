import {
  allowInsecureRequests,
  type Client,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  discoveryRequest,
  processClientCredentialsResponse,
  processDiscoveryResponse,
  ResponseBodyError,
} from 'oauth4webapi'
import { expect, test } from '../support/index.ts'

const insecure = { [allowInsecureRequests]: true } // loopback alone
const LIST = '/twilio/messaging/messages/list'

test('a strict client of its own finds the server by RFC 8414 and gets tokens, by Basic and by form', async ({
  gateway,
  token,
}) => {
  const { body } = await gateway.graphql<{ createApp: { app: { clientId: string }; clientSecret: string } }>(
    'mutation ($scopes: [String!]!) { createApp(input: {name: "Strict", scopes: $scopes}) { app { clientId } clientSecret } }',
    { scopes: [LIST] },
    token,
  )
  const created = body.data?.createApp
  const client: Client = { client_id: created?.app.clientId ?? '' }
  const secret = created?.clientSecret ?? ''
  const issuer = new URL(gateway.publicUrl)
  const server = await processDiscoveryResponse(
    issuer,
    await discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  )

  for (const authentication of [ClientSecretBasic(secret), ClientSecretPost(secret)]) {
    const response = await clientCredentialsGrantRequest(server, client, authentication, { scope: LIST }, insecure)
    const answer = await processClientCredentialsResponse(server, client, response)
    expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: LIST })
  }
  for (const [authentication, parameters, error] of [
    [ClientSecretBasic('wrong'), {}, 'invalid_client'],
    [ClientSecretPost(secret), { scope: '/nobody/has/this' }, 'invalid_scope'],
    [ClientSecretPost(secret), { resource: 'https://elsewhere.example' }, 'invalid_target'],
  ] as const) {
    const response = await clientCredentialsGrantRequest(server, client, authentication, parameters, insecure)
    const refused = await processClientCredentialsResponse(server, client, response).catch((reason: unknown) => reason)
    // A challenge in WWW-Authenticate is an error of another kind to this client; its status says the same.
    if (refused instanceof ResponseBodyError) expect(refused.error).toBe(error)
    else expect([error, response.status]).toEqual(['invalid_client', 401])
  }
})
