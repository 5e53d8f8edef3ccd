import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import postgres from 'postgres'

/*
 * node-oidc-provider as one would run it for machines: JWT access tokens of one resource, signed with ES256, and clients in
 * PostgreSQL, one prepared select for each request. It keeps 100 clients that it has checked and finds them again by what
 * the database answered; its limit cannot be set.
 */

const { DATABASE_URL = '', SCOPES = '', RESOURCE = '' } = process.env
const sql = postgres(DATABASE_URL, { max: 3, onnotice: () => {} })
await sql`create table payloads (model text, id text, payload jsonb not null, primary key (model, id))`

/** It asks for no more than this: JWTs are not stored. */
const adapter = (model: string) => ({
  async find(id: string): Promise<unknown> {
    const [row] = await sql`select payload from payloads where model = ${model} and id = ${id}`
    return row?.payload
  },
})

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const configuration = {
  adapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'bench' }] },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  scopes: SCOPES.split(' '),
  clientAuthMethods: ['client_secret_post'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      getResourceServerInfo: () => ({
        scope: SCOPES,
        audience: RESOURCE,
        accessTokenTTL: 3600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  server.on('request', new Provider(issuer, configuration).callback())
  process.stdout.write(`${issuer}\n`)
})
