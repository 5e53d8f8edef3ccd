import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { ScheduledKey, TokenAlgorithm } from './signing-schedule.ts'

/** A token signing key, opened. `kid` is the RFC 7638 thumbprint of its public half, `bytes` the private one: PKCS #8 DER. */
export type SigningKey = ScheduledKey & { kid: string; bytes: Uint8Array }

const generate = promisify(generateKeyPair)
/**
 * RS256 is for verifiers that know nothing better: each signature costs about 20 of ES256. 2048 bits hold for the two
 * months that a key is out there (NIST SP 800-57: until 2030), and 3072 would cost three times as much again.
 */
const RSA_BITS = 2048

export async function makeSigningKey(algorithm: TokenAlgorithm): Promise<Uint8Array> {
  const { privateKey } = await makePair(algorithm)
  return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
}

/** The key's id on the wire. */
export async function kidOf(bytes: Uint8Array): Promise<string> {
  const privateKey = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  return calculateJwkThumbprint(await exportJWK(createPublicKey(privateKey)))
}

function makePair(algorithm: TokenAlgorithm): Promise<{ privateKey: KeyObject }> {
  if (algorithm === 'EdDSA') return generate('ed25519')
  if (algorithm === 'RS256') return generate('rsa', { modulusLength: RSA_BITS })
  return generate('ec', { namedCurve: 'P-256' })
}
