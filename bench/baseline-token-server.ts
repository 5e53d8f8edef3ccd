import { createHmac, createPrivateKey, randomUUIDv7, sign, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import postgres from 'postgres'

/*
 * What the token endpoint is held against: the least that can answer the same JSON. One prepared select, one HMAC, one
 * signature on bare node:http, and none of the endpoint's checks. Each part is the fastest of those that were tried:
 * sync `sign` of node:crypto (half the processor time of WebCrypto's, which jose uses), a template query of postgres.js, and
 * three connections (a sixth more than with ten).
 */

type Row = {
  account_id: string
  client_id: string
  token_lifetime: number
  scopes: string[]
  secret_id: string
  mac: Buffer
  now: Date
}

const { DATABASE_URL = '', SECRET_MAC = '', SIGNING_KEY = '' } = process.env
const sql = postgres(DATABASE_URL, { max: 3 })
const secretMac = Buffer.from(SECRET_MAC, 'base64')
const key = {
  key: createPrivateKey({ key: Buffer.from(SIGNING_KEY, 'base64'), format: 'der', type: 'pkcs8' }),
  dsaEncoding: 'ieee-p1363' as const,
}
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'aWY4KHVGhTPj4WR63xTpMhc-gq8ZmD2LP3P1FM2fVzk' })
let issuer = ''

async function grant(body: string): Promise<object | null> {
  const form = new URLSearchParams(body)
  const [row] = await sql<Row[]>`
    select a.account_id, a.client_id, a.token_lifetime, a.scopes, s.id as secret_id, s.mac, clock_timestamp() as now
    from apps a join secrets s on s.account_id = a.account_id and s.app_id = a.id and s.replaced_at is null
    where a.client_id = ${form.get('client_id')} and a.deleted_at is null and a.status = 'ACTIVE'`
  if (!row) return null
  const mac = createHmac('sha256', secretMac)
    .update(form.get('client_secret') ?? '')
    .digest()
  if (!timingSafeEqual(mac, row.mac)) return null
  const issuedAt = Math.floor(row.now.getTime() / 1000)
  const scope = row.scopes.join(' ')
  const claims = encode({
    iss: issuer,
    sub: row.client_id,
    client_id: row.client_id,
    aud: issuer,
    iat: issuedAt,
    exp: issuedAt + row.token_lifetime,
    jti: randomUUIDv7(),
    account_id: row.account_id,
    secret_id: row.secret_id,
    scope,
  })
  const signature = sign('sha256', Buffer.from(`${header}.${claims}`), key).toString('base64url')
  return {
    access_token: `${header}.${claims}.${signature}`,
    token_type: 'Bearer',
    expires_in: row.token_lifetime,
    scope,
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    grant(body).then(
      (granted) => answer(response, granted ? 200 : 401, granted ?? { error: 'invalid_client' }),
      () => answer(response, 500, { error: 'server_error' }),
    )
  })
})

server.listen(0, '127.0.0.1', () => {
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  process.stdout.write(`${issuer}\n`)
})
