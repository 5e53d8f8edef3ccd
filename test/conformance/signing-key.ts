import { type KeyPair, newKeyPair } from '../apps/jwks.ts'

const ALGORITHMS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  Ed25519: { name: 'Ed25519' },
  'RSA-2048': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'RSA-2048 for PSS': { name: 'RSA-PSS', hash: 'SHA-256' },
}
export type Kind = keyof typeof ALGORITHMS
export const KINDS = Object.keys(ALGORITHMS) as Kind[]

/** A new key as WebCrypto's clients hold it, and its public half as a JWK. */
export async function newSigningKey(kind: Kind): Promise<{ key: CryptoKey; jwk: KeyPair['jwk'] }> {
  const { privateKey, jwk } = newKeyPair(kind.replace(' for PSS', ''))
  const exported = privateKey.export({ format: 'jwk' })
  const key = await crypto.subtle.importKey('jwk', exported, ALGORITHMS[kind], false, ['sign'])
  return { key, jwk: kind === 'RSA-2048 for PSS' ? { ...jwk, alg: 'PS256' } : jwk }
}
