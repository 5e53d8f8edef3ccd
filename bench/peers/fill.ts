import { createHash } from 'node:crypto'
import postgres from 'postgres'
import type { ClientSecret } from '../support/clients.ts'

/** Brings clients into the table of `oidc-provider-server.ts`, as the library's own registration would store them. */
export async function fillOidcProvider(url: string, clients: ClientSecret[], scopes: string[]): Promise<void> {
  await withDatabase(url, async (sql) => {
    const rows = clients.map(({ clientId, clientSecret }) => ({
      model: 'Client',
      id: clientId,
      payload: sql.json({
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'client_secret_post',
        scope: scopes.join(' '),
      }),
    }))
    await sql`insert into payloads ${sql(rows)}`
  })
}

/** Brings clients into better-auth's own table, as its administrator's endpoint would: secrets as a SHA-256 in Base64url. */
export async function fillBetterAuth(url: string, clients: ClientSecret[], scopes: string[]): Promise<void> {
  await withDatabase(url, async (sql) => {
    const rows = clients.map(({ clientId, clientSecret }) => ({
      id: clientId,
      clientId,
      clientSecret: createHash('sha256').update(clientSecret).digest('base64url'),
      scopes: sql.json(scopes),
      clientCredentialsScopes: sql.json(scopes),
      grantTypes: sql.json(['client_credentials']),
      redirectUris: sql.json([]),
      tokenEndpointAuthMethod: 'client_secret_post',
      createdAt: new Date(),
      updatedAt: new Date(),
    }))
    await sql`insert into ${sql('oauthClient')} ${sql(rows)}`
  })
}

async function withDatabase(url: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1 })
  try {
    await work(sql)
  } finally {
    await sql.end()
  }
}
