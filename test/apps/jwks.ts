import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Json } from '../../src/audit/index.ts'

export type KeyPair = { privateKey: KeyObject; jwk: { [member: string]: string } }

const makers: Record<string, () => { publicKey: KeyObject; privateKey: KeyObject }> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  secp256k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  X25519: () => generateKeyPairSync('x25519'),
  'RSA-1024': () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** A new key, and its public half as a JWK. @param kind a curve's name, or `RSA-` and its bits */
export function newKeyPair(kind: string): KeyPair {
  const { publicKey, privateKey } = makers[kind]?.() ?? {}
  if (!publicKey || !privateKey) throw new Error(`There is no kind of key ${kind}.`)
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) as KeyPair['jwk'] }
}

export const newJwk = (kind: string): { [member: string]: Json } => newKeyPair(kind).jwk
