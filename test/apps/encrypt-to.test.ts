import { generateKeyPairSync } from 'node:crypto'
import { compactDecrypt, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import { authenticateClient, createApp, rotateSecret } from '../../src/apps/index.ts'
import type { Json } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, idempotencyKeys, inSystem } from '../../src/database/index.ts'
import { allEvents, describe, expect, peek, type TestInstance, test } from '../support/index.ts'

type Pair = { publicJwk: Record<string, string>; privateJwk: JWK }
type Options = [type: 'ec' | 'x25519' | 'x448' | 'ed25519' | 'rsa', options?: object]

function newPair(...[type, options]: Options): Pair {
  // Node's types have an overload for each type of key, and none for one that is not known beforehand.
  const generate = generateKeyPairSync as unknown as (type: string, options?: object) => ReturnType<typeof generateRsa>
  const { publicKey, privateKey } = generate(type, options)
  const publicJwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  return { publicJwk, privateJwk: privateKey.export({ format: 'jwk' }) as JWK }
}
const generateRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

async function decrypt(jwe: string | null, privateJwk: JWK, algorithm: string): Promise<string> {
  const { plaintext } = await compactDecrypt(jwe ?? '', await importJWK(privateJwk, algorithm))
  return new TextDecoder().decode(plaintext)
}

async function createFor(db: Database, owner: Caller, encryptTo: Json, instance: TestInstance, key?: string) {
  const input = { name: 'Billing', scopes: [], encryptTo, idempotencyKey: key }
  const result = await createApp(db, owner, input, instance)
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.value
}

const p256: Options = ['ec', { namedCurve: 'P-256' }]
const kinds: [string, Options, algorithm: string][] = [
  ['EC P-256', p256, 'ECDH-ES'],
  ['X25519', ['x25519'], 'ECDH-ES'],
  ['RSA of 2,048 bits', ['rsa', { modulusLength: 2048 }], 'RSA-OAEP-256'],
  ['RSA of 4,096 bits', ['rsa', { modulusLength: 4096 }], 'RSA-OAEP-256'],
]

describe('RFC 7516: the secret comes as a JWE for the key that was given, and in no other form', () => {
  test.for(kinds)('%s', async ([_kind, options, algorithm], { db, owner, instance }) => {
    const { publicJwk, privateJwk } = newPair(...options)
    const encryptTo = { ...publicJwk, kid: 'vault/1' }
    const { app, secret, clientSecret, clientSecretJwe } = await createFor(db, owner, encryptTo, instance)
    expect(clientSecret).toBeNull()
    const { epk: _ephemeral, ...header } = decodeProtectedHeader(clientSecretJwe ?? '')
    expect(header).toEqual({ alg: algorithm, enc: 'A256GCM', kid: 'vault/1' })
    const plain = await decrypt(clientSecretJwe, privateJwk, algorithm)
    expect(plain.slice(-4)).toBe(secret.hint)
    expect(await authenticateClient(db, instance, app.clientId, plain)).not.toBeNull()

    const rotation = { appId: app.id, gracePeriod: 60, encryptTo: publicJwk }
    const rotated = await rotateSecret(db, owner, rotation, instance)
    if (!rotated.ok) throw new Error('The secret was not rotated.')
    expect(rotated.value.clientSecret).toBeNull()
    expect(decodeProtectedHeader(rotated.value.clientSecretJwe ?? '')).not.toHaveProperty('kid')
    const next = await decrypt(rotated.value.clientSecretJwe, privateJwk, algorithm)
    expect(next).not.toBe(plain)
    expect(await authenticateClient(db, instance, app.clientId, next)).not.toBeNull()
  })

  test('with an idempotency key the same JWE is answered for 24 hours, and no clear text is kept', async ({
    db,
    owner,
    instance,
  }) => {
    const { publicJwk, privateJwk } = newPair(...p256)
    const first = await createFor(db, owner, publicJwk, instance, 'one')
    const plain = await decrypt(first.clientSecretJwe, privateJwk, 'ECDH-ES')
    const [record] = await inSystem(db, (tx) => tx.select().from(idempotencyKeys))
    expect(record).toMatchObject({ sealedSecret: null, secretJwe: first.clientSecretJwe })
    expect(JSON.stringify([await peek(db, 'select * from secrets'), await allEvents(db, owner)])).not.toContain(plain)
    const old = new Date(Date.now() - 86_000_000)
    await inSystem(db, (tx) => tx.update(idempotencyKeys).set({ createdAt: old }))
    expect(await createFor(db, owner, publicJwk, instance, 'one')).toEqual(first)
  })

  test('another key is another input; the same one with other words beside it is not', async ({
    db,
    owner,
    instance,
  }) => {
    const { publicJwk } = newPair(...p256)
    const first = await createFor(db, owner, publicJwk, instance, 'one')
    const adorned = { ...publicJwk, use: 'enc', alg: 'ECDH-ES', key_ops: [], 'x-comment': 'mine' }
    expect(await createFor(db, owner, adorned, instance, 'one')).toEqual(first)
    for (const other of [newPair(...p256).publicJwk, { ...publicJwk, kid: 'other' }, null])
      await expect(createFor(db, owner, other, instance, 'one')).rejects.toThrow('IDEMPOTENCY_KEY_REUSED')
  })
})

const ec = newPair(...p256).publicJwk
const rsa = newPair('rsa', { modulusLength: 2048 }).publicJwk
const x25519 = newPair('x25519').publicJwk
/** The last byte of a member, changed. */
function changeLast(member: string | undefined, change: (byte: number) => number): string {
  const bytes = Buffer.from(member ?? '', 'base64url')
  bytes.writeUInt8(change(bytes.readUInt8(bytes.length - 1)), bytes.length - 1)
  return bytes.toString('base64url')
}

describe('a key that is none to encrypt to is INVALID_FORMAT', () => {
  const wrong: [string, Json][] = [
    ['a text', 'a key'],
    ['a number', 1],
    ['a list', [ec]],
    ['an empty object', {}],
    ['a set of keys', { keys: [ec] }],
    ['a private key', { ...newPair(...p256).privateJwk } as Json],
    ['a private RSA key', { ...newPair('rsa', { modulusLength: 2048 }).privateJwk } as Json],
    ['a private member that is null', { ...ec, d: null }],
    ['a symmetric key', { kty: 'oct', k: 'GawgguFyGrWKav7AX4VKUg' }],
    ['a symmetric key of another type', { ...ec, k: 'GawgguFyGrWKav7AX4VKUg' }],
    ['P-384', newPair('ec', { namedCurve: 'P-384' }).publicJwk],
    ['P-521', newPair('ec', { namedCurve: 'P-521' }).publicJwk],
    ['secp256k1', newPair('ec', { namedCurve: 'secp256k1' }).publicJwk],
    ['Ed25519', newPair('ed25519').publicJwk],
    ['X448', newPair('x448').publicJwk],
    ['another type than its members', { ...ec, kty: 'OKP' }],
    ['a type in lower case', { ...ec, kty: 'ec' }],
    ['a coordinate less', { kty: 'EC', crv: 'P-256', x: ec.x ?? '' }],
    ['a short coordinate', { ...ec, x: (ec.x ?? '').slice(1) }],
    ['standard base64', { ...ec, x: `${(ec.x ?? '').slice(0, 42)}+` }],
    ['a point that is not on the curve', { ...ec, y: changeLast(ec.y, (byte) => byte ^ 1) }],
    ['a point of small order (RFC 7748 §6.1)', { ...x25519, x: Buffer.alloc(32).toString('base64url') }],
    ['an even modulus', { ...rsa, n: changeLast(rsa.n, (byte) => byte & 0xfe) }],
    ['an exponent of 33 bits', { ...rsa, e: Buffer.from('0100000001', 'hex').toString('base64url') }],
    ['an exponent of 1, which encrypts nothing', { ...rsa, e: 'AQ' }],
    ['an even exponent', { ...rsa, e: 'AQAC' }],
    ['a key to sign', { ...ec, use: 'sig' }],
    ['a use of our own', { ...ec, use: ['enc'] }],
    ['operations that do not fit', { ...ec, key_ops: ['verify'] }],
    ["RSA's operations on EC", { ...ec, key_ops: ['encrypt'] }],
    ['an RSA key for nothing', { ...rsa, key_ops: [] }],
    ['an RSA key to verify', { ...rsa, key_ops: ['encrypt', 'verify'] }],
    ['an algorithm that is not ours', { ...rsa, alg: 'RSA-OAEP' }],
    ['an algorithm of another type', { ...ec, alg: 'RSA-OAEP-256' }],
    ['a long key id', { ...ec, kid: 'x'.repeat(256) }],
    ['a key id that is no text', { ...ec, kid: 1 }],
    ['a long member that nobody knows', { ...ec, x5c: ['x'.repeat(20_000)] }],
  ]
  test.for(wrong)('%s', async ([_what, encryptTo], { db, owner, app, instance }) => {
    const mistake = (path: string, code: string) => ({ path: [path], code, message: expect.any(String) })
    const created = await createApp(db, owner, { name: '', scopes: [], encryptTo }, instance)
    expect(created).toEqual({
      ok: false,
      errors: [mistake('name', 'TOO_SHORT'), mistake('encryptTo', 'INVALID_FORMAT')],
    })
    const rotated = await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: -1, encryptTo }, instance)
    expect(rotated).toEqual({
      ok: false,
      errors: [mistake('gracePeriod', 'OUT_OF_RANGE'), mistake('encryptTo', 'INVALID_FORMAT')],
    })
    expect(await allEvents(db, owner)).toHaveLength(1)
  })
})

test('an RSA key below 2,048 or above 8,192 bits is OUT_OF_RANGE, and its size is told', async ({
  db,
  owner,
  instance,
}) => {
  const small = newPair('rsa', { modulusLength: 2047 }).publicJwk
  const large = { ...rsa, n: Buffer.alloc(1025, 0xff).toString('base64url') }
  const padded = {
    ...small,
    n: Buffer.concat([Buffer.alloc(64), Buffer.from(small.n ?? '', 'base64url')]).toString('base64url'),
  }
  for (const [encryptTo, bits] of [
    [small, 2047],
    [padded, 2047],
    [large, 8200],
  ] as const)
    expect(await createApp(db, owner, { name: 'Billing', scopes: [], encryptTo }, instance)).toEqual({
      ok: false,
      errors: [
        {
          path: ['encryptTo'],
          code: 'OUT_OF_RANGE',
          message: `An RSA key has 2048 to 8192 bits: this has ${bits}.`,
        },
      ],
    })
})
