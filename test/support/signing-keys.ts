import { generateKeyPairSync, type KeyObject, randomUUIDv7 } from 'node:crypto'
import { createSigningKeys, type SigningKeys } from '../../src/tokens/index.ts'

/** A key of ES256 that signs from now on, as a gateway's issuer has it, and for tests that sign by themselves. */
export function newSigningKeys(kid = randomUUIDv7()): { keys: SigningKeys; kid: string; key: KeyObject } {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const bytes = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }))
  const times = { createdAt: new Date(0), signsFrom: new Date(0), verifiesUntil: null }
  const signing = [{ id: randomUUIDv7(), kid, algorithm: 'ES256' as const, bytes, ...times }]
  const source = { signing: () => signing, upToDate: async () => {}, lookAgain: async () => {} }
  return { keys: createSigningKeys(source), kid, key }
}
