import { expect, test } from 'vitest'
import { LARGE_TOKEN_BYTES, tokenSize } from '../../src/console/scopes/token-size.ts'

const ISSUER = 'https://keys.example'

test('the estimate is the length of header, claims and signature in base64url, with two dots', () => {
  const b64 = (text: string) => Buffer.from(text).toString('base64url').length
  const id = '01a20f61-97d7-7341-83e3-e8e00b97685c'
  const client = 'ch_06h0yrcqtxv1qe315q6ftj88z4'
  const header = b64(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'N'.repeat(43) }))
  const claims = b64(
    JSON.stringify({
      iss: ISSUER,
      sub: client,
      client_id: client,
      aud: ISSUER,
      iat: 1_764_000_000,
      exp: 1_764_003_600,
      jti: id,
      account_id: id,
      secret_id: id,
      scope: '/a/b/read /a/b/list',
    }),
  )
  expect(tokenSize(['/a/b/read', '/a/b/list'], ISSUER)).toBe(header + claims + 86 + 2)
})

test('a token without scopes has no scope claim, and is far from large', () => {
  expect(tokenSize([], ISSUER)).toBeLessThan(tokenSize(['x'], ISSUER))
  expect(tokenSize([], ISSUER)).toBeLessThan(1000)
})

test('a hundred scopes of fifty characters are larger than 4 kB, a dozen are not', () => {
  const scope = `/${'s'.repeat(49)}`
  expect(tokenSize(Array(12).fill(scope), ISSUER)).toBeLessThan(LARGE_TOKEN_BYTES)
  expect(tokenSize(Array(100).fill(scope), ISSUER)).toBeGreaterThan(LARGE_TOKEN_BYTES)
})

test('characters beyond ASCII count as their octets', () => {
  expect(tokenSize(['é'.repeat(30)], ISSUER)).toBe(tokenSize(['ee'.repeat(30)], ISSUER))
})
