import { createHmac, type KeyObject, sign as signBytes } from 'node:crypto'
import { CompactEncrypt, SignJWT } from 'jose'
import { newKeyPair } from '../apps/jwks.ts'
import { describe, expect } from '../support/index.ts'
import { assertionClaims, grantBy, inSeconds, type KeyedApp, newKeyedApp, sign, withKey } from './assertions.ts'
import { basic, bearer, grant, introspect, newApp, test } from './oauth.ts'

const refused = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'The client could not be authenticated.' },
}
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const statusOf = async (url: string, assertion: string) => (await grantBy(url, assertion)).status

describe('an assertion is refused, like an unknown client to the letter,', () => {
  const ofClaims: [string, () => Record<string, unknown>][] = [
    ['without exp (GHSA-wxg7-w2v3-w38g)', () => ({ exp: undefined })],
    ['without iat', () => ({ iat: undefined })],
    ['without jti', () => ({ jti: undefined })],
    ['with an empty jti', () => ({ jti: '' })],
    ['with a jti that is no text', () => ({ jti: 7 })],
    ['with an exp that is a text', () => ({ exp: String(inSeconds(30)) })],
    ['that is over for more than a minute', () => ({ iat: inSeconds(-200), exp: inSeconds(-70) })],
    ['that ends in 2255', () => ({ exp: 9_000_000_000 })],
    ['that ends half a minute too late', () => ({ exp: inSeconds(330) })],
    ['of ten minutes from now', () => ({ iat: inSeconds(600), exp: inSeconds(660) })],
    ['that begins in ten minutes', () => ({ nbf: inSeconds(600), exp: inSeconds(290) })],
    ['with an iat that is no number', () => ({ iat: 'now' })],
    ['with an nbf that is no number', () => ({ nbf: 'now' })],
    ['without aud', () => ({ aud: undefined })],
    ['with another issuer', () => ({ iss: 'ch_00000000000000000000000000' })],
    ['with another subject', () => ({ sub: 'ch_00000000000000000000000000' })],
    ['without iss', () => ({ iss: undefined })],
    ['without sub', () => ({ sub: undefined })],
    ['of a client id that no client has', () => ({ iss: 'ch_\0', sub: 'ch_\0' })],
    ['of a client id as long as a novel', () => ({ iss: 'x'.repeat(4000), sub: 'x'.repeat(4000) })],
    ['longer than 8 KiB', () => ({ note: 'x'.repeat(8192) })],
  ]
  test.for(ofClaims)('RFC 7523 §3: %s', async ([_what, claims], { gateway, token: session }) => {
    const app = await newKeyedApp(gateway, session)
    const unknown = { ...app, clientId: 'ch_00000000000000000000000000' }
    const answer = await grantBy(gateway.url, await sign(app, claims()))
    expect(answer).toEqual(await grantBy(gateway.url, await sign(unknown)))
    expect(answer).toMatchObject(refused)
  })

  test('draft-ietf-oauth-rfc7523bis: with any audience but our issuer as one string', async ({
    gateway,
    token: session,
  }) => {
    const app = await newKeyedApp(gateway, session)
    const { issuer } = app
    const audiences = [
      `${issuer}/oauth/token`,
      `${issuer}/`,
      [issuer],
      [issuer, 'https://evil.example'],
      issuer.toUpperCase(),
      issuer.replace('localhost', '127.0.0.1'),
      'https://elsewhere.example',
      '',
      null,
      { issuer },
    ]
    for (const aud of audiences)
      expect(await grantBy(gateway.url, await sign(app, { aud })), JSON.stringify(aud)).toMatchObject(refused)
    expect(await statusOf(gateway.url, await sign(app))).toBe(200)
  })

  const { privateKey: stranger, jwk: strangersJwk } = newKeyPair('P-256')
  const ofHeaders: [string, Record<string, unknown>][] = [
    ['RFC 8725 §3.10: that brings its own key', { jwk: strangersJwk }],
    ['RFC 8725 §3.10: that brings the right key', { jwk: null }],
    ['RFC 8725 §3.10: that says where its keys are', { jku: 'http://127.0.0.1:1/jwks.json' }],
    ['RFC 8725 §3.10: that says where its certificate is', { x5u: 'http://127.0.0.1:1/x' }],
    ['RFC 8725 §3.10: that brings a certificate', { x5c: ['MIIB'] }],
    ['RFC 7515 §4.1.11: with an extension that one has to understand', { crit: ['exp'], exp: 1 }],
    ['RFC 7797 §6: with a payload that is not encoded', { crit: ['b64'], b64: true }],
    ['RFC 8725 §3.11: that is an access token by its type', { typ: 'at+jwt' }],
    ['RFC 8725 §3.11: that is a logout token by its type', { typ: 'logout+jwt' }],
    ['RFC 8725 §3.11: of an empty type', { typ: '' }],
    ['of a kid that the client has not', { kid: 'another' }],
    ['of a kid that is no text', { kid: 7 }],
  ]
  test.for(ofHeaders)('%s', async ([_what, header], { gateway, token: session }) => {
    const app = await withKey(gateway, session, await newApp(gateway, session), 'P-256', { kid: 'mine' })
    // Written by hand: jose refuses to sign some of these.
    const input = `${part({ alg: 'ES256', ...header })}.${part(assertionClaims(app))}`
    const signature = (key: KeyObject) =>
      signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    for (const key of [app.privateKey, stranger])
      expect(await grantBy(gateway.url, `${input}.${signature(key)}`)).toMatchObject(refused)
  })

  test('RFC 8725 §3.1: by an algorithm that the key is not for, none, or a public key as a secret', async ({
    gateway,
    token: session,
  }) => {
    const [ec, rsa] = [await newKeyedApp(gateway, session), await newKeyedApp(gateway, session, 'RSA-2048')]
    const hmac = (key: string | Buffer, app: KeyedApp) => {
      const input = `${part({ alg: 'HS256' })}.${part(assertionClaims(app))}`
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
    }
    const assertions = [
      `${part({ alg: 'none' })}.${part(assertionClaims(ec))}.`,
      `${part({ alg: 'none' })}.${part(assertionClaims(ec))}.AAAA`,
      hmac(JSON.stringify(rsa.jwk), rsa),
      hmac(Buffer.from(rsa.jwk.n ?? '', 'base64url'), rsa),
      hmac(ec.secret, ec), // client_secret_jwt is none of our methods
      await sign({ ...ec, clientId: rsa.clientId }), // ES256 with a key of its own, for a client that has RSA
      await sign({ ...rsa, clientId: ec.clientId }),
      await new SignJWT(assertionClaims(rsa)).setProtectedHeader({ alg: 'RS384' }).sign(rsa.privateKey),
    ]
    for (const assertion of assertions)
      expect(await grantBy(gateway.url, assertion), assertion.slice(0, 40)).toMatchObject(refused)
  })

  test('RFC 7516: encrypted, or no compact JWS at all, before anything is decrypted', async ({
    gateway,
    token: session,
  }) => {
    const app = await newKeyedApp(gateway, session, 'RSA-2048')
    const jwe = (header: object) => `${part(header)}.AAAA.AAAA.AAAA.AAAA`
    const encrypted = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(assertionClaims(app))))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32))
    const good = await sign(app)
    const assertions = [
      encrypted,
      jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2_147_483_647, p2s: 'AAAA' }), // CVE-2023-50967
      jwe({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' }), // CVE-2024-28176
      JSON.stringify({ payload: good.split('.')[1], protected: good.split('.')[0], signature: good.split('.')[2] }),
      `${good}.`,
      ` ${good}`,
      good.slice(0, -1),
      good.replace(/\.[^.]*$/, '.'),
      'x',
      '..',
      '\0',
      'e30.e30.e30',
      `${part([])}.${part([])}.AAAA`,
      `${Buffer.from('{"alg":').toString('base64url')}.e30.AAAA`,
    ]
    for (const assertion of assertions)
      expect(await grantBy(gateway.url, assertion), assertion.slice(0, 40)).toMatchObject(refused)
    expect(await statusOf(gateway.url, good)).toBe(200) // none of that spent it
  })

  test('RFC 8725 §3.12: one that is an access token, a session or a secret of ours; nor is it a bearer', async ({
    gateway,
    token: session,
  }) => {
    const app = await newKeyedApp(gateway, session, 'P-256', ['/chatelaine/apps/list'])
    const accessToken = await grant(gateway.url, app)
    for (const shown of [accessToken, session, app.secret])
      expect(await grantBy(gateway.url, shown)).toMatchObject(refused)
    const assertion = await sign(app)
    expect((await gateway.graphql('{ viewer { role } }', {}, assertion)).status).toBe(401)
    expect((await introspect(gateway.url, accessToken, bearer(assertion))).status).toBe(401)
    expect((await introspect(gateway.url, assertion, basic(app))).body).toEqual({ active: false })
  })

  test('signed by another app’s key, or for it', async ({ gateway, token: session }) => {
    const [app, other] = [await newKeyedApp(gateway, session), await newKeyedApp(gateway, session)]
    const withoutKeys = await newApp(gateway, session)
    expect(await grantBy(gateway.url, await sign(app, {}, {}, other.privateKey))).toMatchObject(refused)
    expect(await grantBy(gateway.url, await sign({ ...app, clientId: withoutKeys.clientId }))).toMatchObject(refused)
    expect(await statusOf(gateway.url, await sign(app))).toBe(200)
  })

  test('with a client_id parameter that is not its subject', async ({ gateway, token: session }) => {
    const [app, other] = [await newKeyedApp(gateway, session), await newApp(gateway, session)]
    const ask = async (clientId: string) => grantBy(gateway.url, await sign(app), { client_id: clientId })
    expect(await ask(other.clientId)).toMatchObject(refused)
    expect(await ask(app.clientId.toUpperCase())).toMatchObject(refused)
    expect((await ask(app.clientId)).status).toBe(200)
  })
})
