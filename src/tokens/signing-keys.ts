import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import type { WorkingKey } from '../keys/index.ts'

export const ALGORITHM = 'ES256'
/** RFC 9068 §2.1: what tells an access token from every other JWT. */
export const TOKEN_TYPE = 'at+jwt'

/** Keys that sign access tokens, and their public halves. */
export type SigningKeys = {
  /** What signs, with the header of all that it signs (base64url): `kid` is its RFC 7638 thumbprint. */
  current: { header: string; key: KeyObject }
  /** What verifies, by `kid`. */
  verifying: ReadonlyMap<string, KeyObject>
  /** RFC 7517 §5: public halves alone, the one in use first. */
  jwks: { keys: JWK[] }
}

/** @param keys PKCS #8 DER of EC P-256 keys, oldest first: the newest signs, all verify */
export async function createSigningKeys(keys: readonly WorkingKey[]): Promise<SigningKeys> {
  const pairs = await Promise.all(keys.map(({ bytes }) => importPair(bytes)))
  const current = pairs.at(-1)
  if (!current) throw new Error('There is no key to sign tokens with.')
  const header = { alg: ALGORITHM, typ: TOKEN_TYPE, kid: current.kid }
  return {
    current: { header: Buffer.from(JSON.stringify(header)).toString('base64url'), key: current.privateKey },
    verifying: new Map(pairs.map(({ kid, publicKey }) => [kid, publicKey])),
    jwks: { keys: pairs.map(({ jwk }) => jwk).reverse() },
  }
}

async function importPair(pkcs8: Uint8Array) {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const jwk: JWK = { ...publicJwk, kid, alg: ALGORITHM, use: 'sig' }
  return { kid, jwk, privateKey, publicKey }
}
