import { createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import type { Json } from '../audit/index.ts'
import type { Result, UserError } from '../result.ts'
import { isEd25519Point } from './ed25519-point.ts'

/** A public key that a client may sign with, and its public members alone. */
export type PublicJwk = { kid: string | null; algorithm: string; thumbprint: string; jwk: Record<string, string> }

type Members = { [member: string]: Json }
type Kind = { kty: 'EC' | 'OKP' | 'RSA'; members: readonly string[]; algorithms: readonly string[] }

/** The first algorithm is the one that a key without an `alg` is for. `Ed25519` is RFC 9864's name of the same as `EdDSA`. */
const CURVES: Record<string, Kind & { octets: number }> = {
  'P-256': { kty: 'EC', members: ['crv', 'x', 'y'], octets: 32, algorithms: ['ES256'] },
  'P-384': { kty: 'EC', members: ['crv', 'x', 'y'], octets: 48, algorithms: ['ES384'] },
  Ed25519: { kty: 'OKP', members: ['crv', 'x'], octets: 32, algorithms: ['EdDSA', 'Ed25519'] },
}
const RSA: Kind = { kty: 'RSA', members: ['n', 'e'], algorithms: ['RS256', 'PS256'] }
const RSA_BITS = { least: 2048, most: 4096 }
/** FIPS 186-5 §A.1.1 asks for more than 2^16; a great one makes each verification slow. */
const RSA_EXPONENT = { least: 65_537n, most: 0xffff_ffffn }

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const CERTIFICATES = ['x5u', 'x5c', 'x5t', 'x5t#S256']
const MAX_KID = 200

/**
 * The algorithms that an assertion signed with a key may name: one, by all of its names.
 * @param algorithm of the key, as it is stored
 */
export function assertionAlgorithms(algorithm: string): readonly string[] {
  return algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm]
}

/**
 * Reads a public key for signatures out of a JWK (RFC 7517, RFC 7518 §6, RFC 8037): EC P-256 and P-384, Ed25519, RSA of
 * 2,048 to 4,096 bits. Members that mean nothing here are left behind.
 *
 * @returns every mistake at once, below `jwk`: REQUIRED, INVALID_FORMAT, TOO_SHORT, TOO_LONG, OUT_OF_RANGE
 */
export async function readPublicJwk(input: Json): Promise<Result<PublicJwk>> {
  if (input === null || typeof input !== 'object' || Array.isArray(input))
    return { ok: false, errors: [mistake('INVALID_FORMAT', [], 'A JWK is a JSON object (RFC 7517 §4).')] }
  const kind = kindOf(input)
  const errors = [
    ...checkMembers(input),
    ...checkKid(input.kid),
    ...(kind ? [...checkKey(kind, input), ...checkAlgorithm(kind, input.alg)] : checkKind(input)),
  ]
  if (errors.length > 0 || !kind) return { ok: false, errors }
  const jwk = Object.fromEntries(['kty', ...kind.members].map((member) => [member, String(input[member])]))
  const thumbprint = await calculateJwkThumbprint(jwk)
  const named = kind.algorithms.find((name) => name === input.alg && kind.kty !== 'OKP')
  const algorithm = named ?? kind.algorithms[0] ?? ''
  return { ok: true, value: { kid: typeof input.kid === 'string' ? input.kid : null, algorithm, thumbprint, jwk } }
}

function kindOf({ kty, crv }: Members): (Kind & { octets?: number }) | null {
  if (kty === 'RSA') return RSA
  const curve = typeof crv === 'string' && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined
  return curve?.kty === kty ? (curve ?? null) : null
}

function checkKind({ kty, crv, keys }: Members): UserError[] {
  if (keys !== undefined) return [mistake('INVALID_FORMAT', ['keys'], 'This is a set of keys: add them one by one.')]
  if (kty === undefined) return [mistake('REQUIRED', ['kty'], 'A JWK says its kty: EC, OKP or RSA.')]
  if (kty !== 'EC' && kty !== 'OKP')
    return [mistake('INVALID_FORMAT', ['kty'], 'A key is of kty EC, OKP or RSA: a shared secret (oct) is none.')]
  if (crv === undefined) return [mistake('REQUIRED', ['crv'], `A key of kty ${kty} says its crv.`)]
  return [mistake('INVALID_FORMAT', ['crv'], 'A curve is P-256 or P-384 (EC), or Ed25519 (OKP).')]
}

/** What has no place in a public key for signatures. */
function checkMembers(jwk: Members): UserError[] {
  const has = (member: string) => Object.hasOwn(jwk, member)
  return [
    ...PRIVATE.filter(has).map((member) =>
      mistake(
        'INVALID_FORMAT',
        [member],
        `This is a private key (${member}): replace it, and send the public one alone.`,
      ),
    ),
    ...CERTIFICATES.filter(has).map((member) =>
      mistake('INVALID_FORMAT', [member], 'Certificates are not used and nothing is fetched: send the key alone.'),
    ),
    ...(has('use') && jwk.use !== 'sig'
      ? [mistake('INVALID_FORMAT', ['use'], 'The key is for signatures: use is sig, or left out.')]
      : []),
    ...(has('key_ops') && !(Array.isArray(jwk.key_ops) && jwk.key_ops.length === 1 && jwk.key_ops[0] === 'verify')
      ? [mistake('INVALID_FORMAT', ['key_ops'], 'The key verifies signatures: key_ops is verify alone, or left out.')]
      : []),
  ]
}

function checkKid(kid: Json | undefined): UserError[] {
  if (kid === undefined) return []
  if (typeof kid !== 'string' || /\p{Cc}/u.test(kid) || !kid.isWellFormed())
    return [mistake('INVALID_FORMAT', ['kid'], 'A kid is a text without control characters.')]
  const length = Array.from(kid).length
  if (length === 0) return [mistake('TOO_SHORT', ['kid'], 'A kid has at least one character, or is left out.')]
  return length > MAX_KID ? [mistake('TOO_LONG', ['kid'], `A kid has at most ${MAX_KID} characters.`)] : []
}

function checkAlgorithm({ algorithms }: Kind, alg: Json | undefined): UserError[] {
  if (alg === undefined || (typeof alg === 'string' && algorithms.includes(alg))) return []
  return [mistake('INVALID_FORMAT', ['alg'], `The alg of this key is ${algorithms.join(' or ')}, or left out.`)]
}

function checkKey({ kty, members, octets }: Kind & { octets?: number }, jwk: Members): UserError[] {
  const missing = members.filter((member) => jwk[member] === undefined)
  if (missing.length > 0) return missing.map((member) => mistake('REQUIRED', [member], `The key has no ${member}.`))
  return kty === 'RSA' ? checkRsa(jwk) : checkPoint(jwk, members.slice(1), octets ?? 0)
}

/** @param members its coordinates @param octets of each (RFC 7518 §6.2.1.2) */
function checkPoint(jwk: Members, members: readonly string[], octets: number): UserError[] {
  const malformed = members.filter((member) => octetsOf(jwk[member])?.length !== octets)
  if (malformed.length > 0)
    return malformed.map((member) => mistake('INVALID_FORMAT', [member], `${octets} octets in base64url are due here.`))
  const isPoint = jwk.crv === 'Ed25519' ? isEd25519Point(octetsOf(jwk.x) ?? new Uint8Array()) : isImportable(jwk)
  return isPoint ? [] : [mistake('INVALID_FORMAT', ['x'], 'This is no point of the curve that a key could be.')]
}

/** RFC 7518 §6.3.1: both as few octets as they take. */
function checkRsa(jwk: Members): UserError[] {
  const [modulus, exponent] = [octetsOf(jwk.n), octetsOf(jwk.e)]
  return [...checkModulus(modulus), ...checkExponent(exponent)]
}

function checkModulus(modulus: Uint8Array | null): UserError[] {
  if (!modulus?.[0])
    return [mistake('INVALID_FORMAT', ['n'], 'The modulus is a number in base64url, without a leading zero.')]
  const bits = modulus.length * 8 - (Math.clz32(modulus[0]) - 24)
  const size = `An RSA key has ${RSA_BITS.least} to ${RSA_BITS.most} bits: this has ${bits}.`
  if (bits < RSA_BITS.least) return [mistake('TOO_SHORT', ['n'], size)]
  if (bits > RSA_BITS.most) return [mistake('TOO_LONG', ['n'], size)]
  const isOdd = (modulus.at(-1) ?? 0) % 2 === 1
  return isOdd ? [] : [mistake('INVALID_FORMAT', ['n'], 'An even number is no modulus.')]
}

function checkExponent(exponent: Uint8Array | null): UserError[] {
  if (!exponent?.[0])
    return [mistake('INVALID_FORMAT', ['e'], 'The exponent is a number in base64url, without a leading zero.')]
  const value = BigInt(`0x${Buffer.from(exponent).toString('hex')}`)
  const fits = value >= RSA_EXPONENT.least && value <= RSA_EXPONENT.most && value % 2n === 1n
  return fits ? [] : [mistake('OUT_OF_RANGE', ['e'], 'The exponent is an odd number of 65537 (AQAB) to 2^32.')]
}

/** OpenSSL takes no point that is not on its curve. */
function isImportable({ kty, crv, x, y }: Members): boolean {
  try {
    createPublicKey({ key: { kty: String(kty), crv: String(crv), x: String(x), y: String(y) }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Base64url as RFC 7515 §2 has it: no padding, nothing else, one text for each value. */
function octetsOf(value: Json | undefined): Uint8Array | null {
  if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) return null
  const octets = Buffer.from(value, 'base64url')
  return octets.toString('base64url') === value ? octets : null
}

function mistake(code: UserError['code'], members: string[], message: string): UserError {
  return { path: ['jwk', ...members], code, message }
}
