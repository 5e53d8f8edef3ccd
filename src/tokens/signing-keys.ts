import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { JWK } from 'jose'
import type { SigningKey, TokenAlgorithm } from '../keys/index.ts'
import { Fault } from '../result.ts'

/** RFC 9068 §2.1: what tells an access token from every other JWT. */
export const TOKEN_TYPE = 'at+jwt'

/** Keys that sign access tokens, and their public halves. They change while a gateway runs. */
export type SigningKeys = {
  /** Whose turn it is at that instant of the database's clock. @throws Fault UNAVAILABLE where there is none */
  current(at: Date): Signer
  /**
   * What verifies, by `kid`; null for an unknown one, and for that of a revoked key, 5 seconds after it at the latest.
   * @throws Fault UNAVAILABLE where that cannot be known
   */
  find(kid: string): Promise<Verifier | null>
  /** RFC 7517 §5: public halves alone; the next first, then the current, then those before it, newest first. */
  jwks(): { keys: JWK[] }
}

export type Signer = {
  /** Of all that it signs, base64url; `kid` is its RFC 7638 thumbprint. */
  header: string
  /** The signature of a JWS's signing input (RFC 7515 §5.1), as its bytes. */
  sign(input: Buffer): Buffer
}
export type Verifier = { algorithm: TokenAlgorithm; key: KeyObject }

/** Where keys come from: `FollowedKeys` of a gateway. */
export type KeySource = {
  /** In the order in which they sign; another array once they have changed. */
  signing(): readonly SigningKey[]
  upToDate(): Promise<void>
  lookAgain(): Promise<void>
}

export function createSigningKeys(source: KeySource): SigningKeys {
  let imported = importAll(source.signing())
  const latest = () => {
    const signing = source.signing()
    if (signing !== imported.from) imported = importAll(signing)
    return imported
  }
  return {
    current(at) {
      const { newestFirst } = latest()
      const now = at.getTime()
      const signer = newestFirst.find((key) => key.signsFrom <= now) ?? newestFirst.at(-1)
      if (!signer) throw new Fault('UNAVAILABLE', 'There is no key to sign tokens with.', { retryAfter: 5 })
      return signer
    },
    async find(kid) {
      await source.upToDate()
      const known = latest().verifiers.get(kid)
      if (known) return known
      await source.lookAgain() // another gateway may have made it just now
      return latest().verifiers.get(kid) ?? null
    },
    jwks: () => latest().jwks,
  }
}

function importAll(from: readonly SigningKey[]) {
  const newestFirst = from.map(importKey).reverse()
  return {
    from,
    newestFirst,
    verifiers: new Map(newestFirst.map(({ kid, verifier }) => [kid, verifier])),
    jwks: { keys: newestFirst.map(({ jwk }) => jwk) },
  }
}

function importKey({ kid, algorithm, bytes, signsFrom }: SigningKey) {
  const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key)
  const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: TOKEN_TYPE, kid })).toString('base64url')
  const jwk: JWK = { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }
  const verifier: Verifier = { algorithm, key: publicKey }
  return { kid, signsFrom: signsFrom.getTime(), header, sign: signerOf(algorithm, key), verifier, jwk }
}

/**
 * By node:crypto and not by jose, whose WebCrypto costs twice the processor time for each signature (measured by
 * `npm run bench -- token`).
 */
function signerOf(algorithm: TokenAlgorithm, key: KeyObject): Signer['sign'] {
  if (algorithm === 'EdDSA') return (input) => sign(null, input, key)
  if (algorithm === 'RS256') return (input) => sign('sha256', input, key)
  const sideBySide = { key, dsaEncoding: 'ieee-p1363' } as const // RFC 7518 §3.4: r and s
  return (input) => sign('sha256', input, sideBySide)
}
