import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { ScheduledKey, TokenAlgorithm } from './signing-schedule.ts'

/** A token signing key, opened. `kid` is the RFC 7638 thumbprint of its public half, `bytes` the private one: PKCS #8 DER. */
export type SigningKey = ScheduledKey & { kid: string; bytes: Uint8Array }

const generate = promisify(generateKeyPair)
/**
 * RS256 is for verifiers that know nothing better: a signature costs 260 µs, of ES256 27, of EdDSA 43 (processor
 * time, measured on Node 26). 2048 bits hold for the months that a key is out there (NIST SP 800-57 has them until
 * 2030); 3072 would cost 730 µs.
 */
const RSA_BITS = 2048

export async function makeSigningKey(algorithm: TokenAlgorithm): Promise<Uint8Array> {
  const { privateKey } = await makePair(algorithm)
  return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
}

/** @returns null where it is no key of that algorithm */
export async function identify(bytes: Uint8Array, algorithm: TokenAlgorithm): Promise<{ kid: string } | null> {
  const privateKey = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  if (algorithmOf(privateKey) !== algorithm) return null
  return { kid: await calculateJwkThumbprint(await exportJWK(createPublicKey(privateKey))) }
}

function makePair(algorithm: TokenAlgorithm): Promise<{ privateKey: KeyObject }> {
  if (algorithm === 'EdDSA') return generate('ed25519')
  if (algorithm === 'RS256') return generate('rsa', { modulusLength: RSA_BITS })
  return generate('ec', { namedCurve: 'P-256' })
}

/** What a private key signs by; null for one of no use here. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): TokenAlgorithm | null {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (asymmetricKeyType === 'rsa') return 'RS256'
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : null
}
