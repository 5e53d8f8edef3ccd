import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { Pool } from 'pg'

/*
 * better-auth as one would run it for machines: its OAuth provider with JWT access tokens of one resource, signed with
 * ES256, on PostgreSQL by the driver that it is made for. Nothing throttles it, and it is spared the two look-ups that a
 * single resource does not need. That it reads its signing key from the database and unseals it for each token stays:
 * with keys unsealed at rest it was no faster.
 */

const { DATABASE_URL = '', SCOPES = '', RESOURCE = '' } = process.env

async function start(baseURL: string): Promise<void> {
  const options = {
    baseURL,
    secret: randomBytes(32).toString('base64url'),
    database: new Pool({ connectionString: DATABASE_URL, max: 10 }),
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    disabledPaths: ['/token'],
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, disableSettingJwtHeader: true }),
      oauthProvider({
        scopes: SCOPES.split(' '),
        resources: [RESOURCE],
        cachedResources: new Set([RESOURCE]),
        enforcePerClientResources: false,
        loginPage: '/sign-in',
        consentPage: '/consent',
      }),
    ],
  }
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  server.on('request', toNodeHandler(betterAuth(options)))
  process.stdout.write(`${baseURL}\n`)
}

const server = createServer()
server.listen(0, '127.0.0.1', () => start(`http://localhost:${(server.address() as AddressInfo).port}`))
