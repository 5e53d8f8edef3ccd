import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose'
import type { WorkingKey } from '../keys/index.ts'

export const ALGORITHM = 'ES256'

/** Keys that sign access tokens, and their public halves. */
export type SigningKeys = {
  /** What signs: its `kid` is its RFC 7638 thumbprint. */
  current: { kid: string; key: CryptoKey }
  /** What verifies, by `kid`. */
  verifying: ReadonlyMap<string, CryptoKey>
  /** RFC 7517 §5: public halves alone. */
  jwks: { keys: JWK[] }
}

/** @param keys PKCS #8 DER of EC P-256 keys, oldest first: the newest signs, all verify */
export async function createSigningKeys(keys: readonly WorkingKey[]): Promise<SigningKeys> {
  const pairs = await Promise.all(keys.map(({ bytes }) => importPair(bytes)))
  const current = pairs.at(-1)
  if (!current) throw new Error('There is no key to sign tokens with.')
  return {
    current: { kid: current.kid, key: current.privateKey },
    verifying: new Map(pairs.map(({ kid, publicKey }) => [kid, publicKey])),
    jwks: { keys: pairs.map(({ jwk }) => jwk).reverse() },
  }
}

async function importPair(pkcs8: Uint8Array) {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const publicJwk = await exportJWK(createPublicKey(key))
  const kid = await calculateJwkThumbprint(publicJwk)
  const jwk: JWK = { ...publicJwk, kid, alg: ALGORITHM, use: 'sig' }
  return { kid, jwk, privateKey: await cryptoKey(key), publicKey: await cryptoKey(createPublicKey(key)) }
}

async function cryptoKey(key: KeyObject): Promise<CryptoKey> {
  const imported = await importJWK(await exportJWK(key), ALGORITHM)
  if (imported instanceof Uint8Array) throw new Error('A signing key is asymmetric.')
  return imported
}
