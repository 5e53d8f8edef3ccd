import { describe, expect, test } from 'vitest'
import { readPublicJwk } from '../../src/apps/public-jwk.ts'
import type { Json } from '../../src/audit/index.ts'
import { newJwk, newKeyPair } from './jwks.ts'

const [p256, p384, ed25519, rsa] = [newJwk('P-256'), newJwk('P-384'), newJwk('Ed25519'), newJwk('RSA-2048')]
const octets = (bytes: number, last = 1) =>
  Buffer.alloc(bytes, 0xff)
    .fill(last, bytes - 1)
    .toString('base64url')

/** What is wrong with a JWK: each mistake by its code and place. */
async function mistakesIn(jwk: Json): Promise<string[]> {
  const read = await readPublicJwk(jwk)
  return read.ok ? [] : read.errors.map(({ code, path }) => `${code} ${path.join('.')}`)
}

describe('RFC 7517, RFC 7518 §6, RFC 8037: what is taken', () => {
  const taken: [string, { [member: string]: Json }, string][] = [
    ['EC P-256', p256, 'ES256'],
    ['EC P-384', p384, 'ES384'],
    ['Ed25519', ed25519, 'EdDSA'],
    ['Ed25519 by the name of RFC 9864', { ...ed25519, alg: 'Ed25519' }, 'EdDSA'],
    ['RSA', rsa, 'RS256'],
    ['RSA for PSS', { ...rsa, alg: 'PS256' }, 'PS256'],
    ['with what says nothing against it', { ...p256, use: 'sig', key_ops: ['verify'], alg: 'ES256', iat: 1 }, 'ES256'],
  ]
  test.each(taken)('%s', async (_what, jwk, algorithm) => {
    const { kid: _kid, use: _use, key_ops: _ops, alg: _alg, iat: _iat, ...members } = jwk
    const read = await readPublicJwk({ ...jwk, kid: 'k1', note: 'for the owner alone' })
    expect(read).toMatchObject({ ok: true, value: { kid: 'k1', algorithm } })
    expect(read.ok && read.value.jwk).toEqual(members) // and nothing else
    expect(read.ok && Object.keys(read.value.jwk)[0]).toBe('kty')
  })

  test('RFC 7638 §3.1: the thumbprint of its example', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const read = await readPublicJwk({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })
    expect(read.ok && read.value.thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  test('RFC 8037 Appendix A.3: the thumbprint of its example', async () => {
    const read = await readPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' })
    expect(read.ok && read.value.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })
})

describe('what is refused, each for its reason', () => {
  const refused: [string, Json, string[]][] = [
    ['null', null, ['INVALID_FORMAT jwk']],
    ['a text', JSON.stringify(p256), ['INVALID_FORMAT jwk']],
    ['a list', [p256], ['INVALID_FORMAT jwk']],
    ['nothing in it', {}, ['REQUIRED jwk.kty']],
    ['a set of keys', { keys: [p256] }, ['INVALID_FORMAT jwk.keys']],
    ['a private EC key', { ...p256, d: 'AAAA' }, ['INVALID_FORMAT jwk.d']],
    ['a private Ed25519 key', { ...ed25519, d: null }, ['INVALID_FORMAT jwk.d']],
    [
      'a private RSA key',
      { ...rsa, d: 'AQ', p: 'AQ', q: 'AQ' },
      ['d', 'p', 'q'].map((name) => `INVALID_FORMAT jwk.${name}`),
    ],
    [
      'an RSA key by its remainders alone',
      { ...rsa, dp: '', dq: '', qi: '', oth: [] },
      ['dp', 'dq', 'qi', 'oth'].map((name) => `INVALID_FORMAT jwk.${name}`),
    ],
    ['a shared secret', { kty: 'oct', k: 'AAAA' }, ['INVALID_FORMAT jwk.k', 'INVALID_FORMAT jwk.kty']],
    ['an unknown kty', { ...p256, kty: 'ec' }, ['INVALID_FORMAT jwk.kty']],
    ['a kty that is no text', { ...p256, kty: ['EC'] }, ['INVALID_FORMAT jwk.kty']],
    ['a kty of an object’s own', { kty: '__proto__', crv: '__proto__' }, ['INVALID_FORMAT jwk.kty']],
    ['no curve', { kty: 'EC', x: p256.x ?? '', y: p256.y ?? '' }, ['REQUIRED jwk.crv']],
    ['P-521', newJwk('P-521'), ['INVALID_FORMAT jwk.crv']],
    ['secp256k1', newJwk('secp256k1'), ['INVALID_FORMAT jwk.crv']],
    ['X25519, which signs nothing', newJwk('X25519'), ['INVALID_FORMAT jwk.crv']],
    ['a curve of another kty', { ...ed25519, kty: 'EC' }, ['INVALID_FORMAT jwk.crv']],
    ['a curve that is no text', { ...p256, crv: 256 }, ['INVALID_FORMAT jwk.crv']],
    ['a curve named as a member of every object', { kty: 'EC', crv: 'constructor' }, ['INVALID_FORMAT jwk.crv']],
    ['no coordinates', { kty: 'EC', crv: 'P-256' }, ['REQUIRED jwk.x', 'REQUIRED jwk.y']],
    ['the coordinates of a greater curve', { ...p384, crv: 'P-256' }, ['INVALID_FORMAT jwk.x', 'INVALID_FORMAT jwk.y']],
    ['a point that is not on the curve', { ...p256, y: p256.x ?? '' }, ['INVALID_FORMAT jwk.x']],
    ['the point 0, 0', { ...p256, x: 'A'.repeat(43), y: 'A'.repeat(43) }, ['INVALID_FORMAT jwk.x']],
    ['padding', { ...p256, x: `${p256.x}=` }, ['INVALID_FORMAT jwk.x']],
    ['base64 of the other kind', { ...ed25519, x: `${'+/'.repeat(21)}A` }, ['INVALID_FORMAT jwk.x']],
    ['bits after the last octet', { ...ed25519, x: `${'A'.repeat(42)}B` }, ['INVALID_FORMAT jwk.x']],
    ['31 octets', { ...ed25519, x: octets(31) }, ['INVALID_FORMAT jwk.x']],
    ['no point of Ed25519', { ...ed25519, x: Buffer.alloc(32, 2).toString('base64url') }, ['INVALID_FORMAT jwk.x']],
    [
      'y beyond the field of Ed25519',
      { ...ed25519, x: Buffer.alloc(32, 0xff).toString('base64url') },
      ['INVALID_FORMAT jwk.x'],
    ],
    ['no modulus', { kty: 'RSA', e: 'AQAB' }, ['REQUIRED jwk.n']],
    ['1,024 bits', newJwk('RSA-1024'), ['TOO_SHORT jwk.n']],
    ['2,047 bits', { ...rsa, n: Buffer.alloc(256, 0x7f).toString('base64url') }, ['TOO_SHORT jwk.n']],
    [
      '4,097 bits',
      { ...rsa, n: Buffer.from([1, ...Buffer.alloc(512, 0xff)]).toString('base64url') },
      ['TOO_LONG jwk.n'],
    ],
    ['a million bits', { ...rsa, n: octets(125_000) }, ['TOO_LONG jwk.n']],
    ['an even modulus', { ...rsa, n: octets(256, 0xfe) }, ['INVALID_FORMAT jwk.n']],
    [
      'a modulus with a leading zero',
      { ...rsa, n: Buffer.from([0, ...Buffer.from(String(rsa.n), 'base64url')]).toString('base64url') },
      ['INVALID_FORMAT jwk.n'],
    ],
    ['an exponent of 1', { ...rsa, e: 'AQ' }, ['OUT_OF_RANGE jwk.e']],
    ['an exponent of 3', { ...rsa, e: 'Aw' }, ['OUT_OF_RANGE jwk.e']],
    ['an even exponent', { ...rsa, e: 'AQAA' }, ['OUT_OF_RANGE jwk.e']],
    ['an exponent as long as the modulus', { ...rsa, e: rsa.n ?? '' }, ['OUT_OF_RANGE jwk.e']],
    ['an exponent that is a number', { ...rsa, e: 65_537 }, ['INVALID_FORMAT jwk.e']],
    ['a certificate', { ...p256, x5c: ['MIIB'] }, ['INVALID_FORMAT jwk.x5c']],
    ['an address', { ...p256, x5u: 'https://elsewhere.example/' }, ['INVALID_FORMAT jwk.x5u']],
    ['a key for encryption', { ...rsa, use: 'enc' }, ['INVALID_FORMAT jwk.use']],
    ['a key that signs', { ...p256, key_ops: ['sign', 'verify'] }, ['INVALID_FORMAT jwk.key_ops']],
    ['an alg of another curve', { ...p256, alg: 'ES384' }, ['INVALID_FORMAT jwk.alg']],
    ['an alg for shared secrets', { ...rsa, alg: 'HS256' }, ['INVALID_FORMAT jwk.alg']],
    ['alg none', { ...rsa, alg: 'none' }, ['INVALID_FORMAT jwk.alg']],
    ['an alg for encryption', { ...rsa, alg: 'RSA-OAEP' }, ['INVALID_FORMAT jwk.alg']],
    ['an alg that is no text', { ...p256, alg: null }, ['INVALID_FORMAT jwk.alg']],
    ['an empty kid', { ...p256, kid: '' }, ['TOO_SHORT jwk.kid']],
    ['a kid of 201 characters', { ...p256, kid: '\u{1f511}'.repeat(201) }, ['TOO_LONG jwk.kid']],
    ['a kid with NUL', { ...p256, kid: 'a\0b' }, ['INVALID_FORMAT jwk.kid']],
    ['a kid with half a surrogate pair', { ...p256, kid: '\ud800' }, ['INVALID_FORMAT jwk.kid']],
    ['a kid that is a number', { ...p256, kid: 1 }, ['INVALID_FORMAT jwk.kid']],
    [
      'all of it wrong',
      { ...rsa, d: 'AQ', x5u: '', use: 'enc', kid: '', e: 'AQ', alg: 'none' },
      [
        'INVALID_FORMAT jwk.d',
        'INVALID_FORMAT jwk.x5u',
        'INVALID_FORMAT jwk.use',
        'TOO_SHORT jwk.kid',
        'OUT_OF_RANGE jwk.e',
        'INVALID_FORMAT jwk.alg',
      ],
    ],
  ]
  test.each(refused)('%s', async (_what, jwk, mistakes) => {
    expect(await mistakesIn(jwk)).toEqual(mistakes)
  })

  test('what is said of a private key does not repeat it', async () => {
    const { privateKey } = newKeyPair('P-256')
    const jwk = privateKey.export({ format: 'jwk' }) as { [member: string]: string }
    const read = await readPublicJwk(jwk)
    expect(JSON.stringify(read)).not.toContain(jwk.d)
    expect(read.ok).toBe(false)
  })
})

test('RFC 8032 §5.1: of the points of Ed25519, those of small order are no keys, and all that are made are', async () => {
  const p = 2n ** 255n - 19n
  const order8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
  const encode = (value: bigint) =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url')
  const sign = 2n ** 255n
  for (const y of [0n, 1n, p - 1n, p, p + 1n, order8, p - order8])
    for (const x of [encode(y), encode(y + sign)])
      expect(await mistakesIn({ kty: 'OKP', crv: 'Ed25519', x }), String(y)).toEqual(['INVALID_FORMAT jwk.x'])
  for (let made = 0; made < 40; made += 1) expect(await mistakesIn(newJwk('Ed25519'))).toEqual([])
})
