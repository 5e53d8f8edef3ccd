import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/*
 * What /forward-auth is held against: the least that can answer the same. It looks the bearer up in a Map of tokens that
 * were verified, and answers who it is; no path, no scope, no end, no revocation. A token counts as verified the first
 * time that it comes.
 */

const verified = new Map<string, Record<string, string>>()

function learn(token: string): Record<string, string> {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const identity = { 'x-account-id': claims.account_id, 'x-client-id': claims.client_id, 'x-scopes': claims.scope }
  verified.set(token, identity)
  return identity
}

const server = createServer((request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  const identity = verified.get(token) ?? learn(token)
  response.writeHead(200, { 'cache-control': 'no-store', ...identity, 'content-length': 0 }).end()
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://localhost:${(server.address() as AddressInfo).port}\n`)
})
