import { CompactEncrypt, type CryptoKey, importJWK } from 'jose'
import { z } from 'zod'
import type { Json } from '../audit/index.ts'
import type { ErrorCode, UserError } from '../result.ts'

/** A caller's own public key (RFC 7517), for which a secret is encrypted. */
export type EncryptionKey = {
  algorithm: 'ECDH-ES' | 'RSA-OAEP-256'
  /** The members that make the key, and `kid` where it was given; no others. */
  jwk: Record<string, string>
  key: CryptoKey
}

const ENCRYPTION = 'A256GCM'
const MAX_JWK_CHARACTERS = 16_384
const MAX_KID = 255
const MIN_RSA_BITS = 2048
/** What RFC 7518 leaves open: larger ones cost a gateway time that the caller does not pay for. */
const MAX_RSA_BITS = 8192
/** RFC 7518 §6.2.2, §6.3.2, §6.4.1: none of them stands in a public key. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const base64url32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const common = { use: z.literal('enc').optional(), kid: z.string().max(MAX_KID).refine(isWellFormed).optional() }
const forAgreement = {
  ...common,
  alg: z.literal('ECDH-ES').optional(),
  key_ops: z.array(z.enum(['deriveKey', 'deriveBits'])).optional(),
}
const publicKey = z.discriminatedUnion('kty', [
  z.object({
    ...forAgreement,
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: base64url32,
    y: base64url32,
  }),
  z.object({ ...forAgreement, kty: z.literal('OKP'), crv: z.literal('X25519'), x: base64url32 }),
  z.object({
    ...common,
    alg: z.literal('RSA-OAEP-256').optional(),
    key_ops: z
      .array(z.enum(['encrypt', 'wrapKey']))
      .min(1)
      .optional(),
    kty: z.literal('RSA'),
    n: z.string().regex(/^[A-Za-z0-9_-]+$/),
    e: z.string().regex(/^[A-Za-z0-9_-]{1,6}$/), // up to 2^32: a longer one makes each use of the key slow
  }),
])

/**
 * Takes the key that a secret is to be encrypted for: a public JWK, EC P-256 or X25519 (RFC 8037), or RSA of 2,048 to
 * 8,192 bits; `use`, `key_ops` and `alg`, where they are given, have to fit. Other members are not looked at.
 *
 * @param jwk null or left out: none
 * @returns the key, null where there is none or a mistake: INVALID_FORMAT, OUT_OF_RANGE (the size of an RSA key)
 */
export async function readEncryptTo(
  jwk: Json | null | undefined,
): Promise<{ key: EncryptionKey | null; errors: UserError[] }> {
  if (jwk == null) return { key: null, errors: [] }
  if (typeof jwk === 'object' && PRIVATE_MEMBERS.some((member) => member in jwk))
    return mistake(
      'INVALID_FORMAT',
      'This holds a private or symmetric key. Send the public key alone, and make a new pair: this one has travelled.',
    )
  const parsed = publicKey.safeParse(jwk)
  if (!parsed.success || JSON.stringify(jwk).length > MAX_JWK_CHARACTERS) return NO_KEY
  const { use: _use, key_ops: _operations, alg: _algorithm, ...members } = parsed.data
  if (members.kty === 'RSA') {
    const exponent = numberOf(members.e)
    if (exponent < 3n || exponent % 2n === 0n) return NO_KEY // RFC 8017 §3.1; with 1, all the world could decrypt
    const bits = numberOf(members.n).toString(2).length
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
      return mistake('OUT_OF_RANGE', `An RSA key has ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits: this has ${bits}.`)
  }
  const algorithm = members.kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES'
  try {
    const imported = await importJWK(members, algorithm)
    if (imported instanceof Uint8Array) return NO_KEY
    const key: EncryptionKey = { algorithm, jwk: members, key: imported }
    await encryptSecret(key, '') // a point off the curve or of small order, an even modulus: here they show
    return { key, errors: [] }
  } catch {
    return NO_KEY
  }
}

/**
 * @returns a compact JWE (RFC 7516 §3.1): `alg` ECDH-ES (RFC 7518 §4.6) or RSA-OAEP-256 (§4.3), `enc` A256GCM, and the
 *   key's `kid` where it has one
 */
export function encryptSecret({ algorithm, jwk: { kid }, key }: EncryptionKey, plain: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plain))
    .setProtectedHeader({ alg: algorithm, enc: ENCRYPTION, ...(kid !== undefined && { kid }) })
    .encrypt(key)
}

/** RFC 7518 §2, Base64urlUInt. */
function numberOf(base64url: string): bigint {
  return BigInt(`0x0${Buffer.from(base64url, 'base64url').toString('hex')}`)
}

function mistake(code: ErrorCode, message: string) {
  return { key: null, errors: [{ path: ['encryptTo'], code, message }] }
}

const NO_KEY = mistake(
  'INVALID_FORMAT',
  'A key to encrypt to is a public JWK: EC P-256 or X25519 (ECDH-ES), or RSA (RSA-OAEP-256), for encryption.',
)

function isWellFormed(text: string): boolean {
  return text.isWellFormed()
}
