import { decodeJwt, decodeProtectedHeader } from 'jose'
import { z } from 'zod'

/** What a client assertion claims, before anything of it is proved. */
export type ClientAssertion = {
  /** The assertion as it came: what was signed. */
  compact: string
  clientId: string
  algorithm: string
  /** Which of the client's keys it says it is signed by; null where it says none. */
  kid: string | null
  jti: string
  /** Seconds. */
  issuedAt: number
  notBefore: number | null
  expiresAt: number
}

/** Those that a key of a client may be for (RFC 7518 §3.1, RFC 8037, RFC 9864): none of them takes a shared secret. */
export const ASSERTION_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256'] as const

/** Longer than any: an RSA signature of 4,096 bits takes 683 of it. Looked at no further. */
const MAX_LENGTH = 8192
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** Seconds. */
const MAX_LIFETIME = 300
const CLOCK_SKEW = 60

const absent = z.never().optional()
/**
 * Keys come from what was registered, never from the assertion (RFC 8725 §3.10): a header that brings or names one is
 * refused, not ignored; so is any extension (RFC 7515 §4.1.11). Of other types, an access token of ours for one, it is
 * none (RFC 8725 §3.11).
 */
const header = z.object({
  alg: z.enum(ASSERTION_ALGORITHMS),
  kid: z.string().optional(),
  typ: z
    .string()
    .transform((typ) => typ.toLowerCase().replace(/^application\//, ''))
    .pipe(z.enum(['jwt', 'client-authentication+jwt']))
    .optional(),
  jwk: absent,
  jku: absent,
  x5u: absent,
  x5c: absent,
  crit: absent,
})

const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  jti: z.string().min(1),
  iat: z.number(),
  nbf: z.number().optional(),
  exp: z.number(),
})

/**
 * Reads a client assertion (RFC 7523 §3), and holds it to all that can be told without a key and a clock.
 * @param issuerUrl what its `aud` has to be, as one string: an audience that others share would let them use it here
 *   (draft-ietf-oauth-rfc7523bis)
 * @returns null for one that is refused
 */
export function readAssertion(issuerUrl: string, compact: string): ClientAssertion | null {
  if (compact.length > MAX_LENGTH || !COMPACT.test(compact)) return null
  const { data: protectedHeader } = header.safeParse(orNull(() => decodeProtectedHeader(compact)))
  const { data: payload } = claims.safeParse(orNull(() => decodeJwt(compact)))
  if (!protectedHeader || !payload) return null
  const { iss, sub, aud, jti, iat, nbf, exp } = payload
  if (iss !== sub || aud !== issuerUrl) return null
  return {
    compact,
    clientId: sub,
    algorithm: protectedHeader.alg,
    kid: protectedHeader.kid ?? null,
    jti,
    issuedAt: iat,
    notBefore: nbf ?? null,
    expiresAt: exp,
  }
}

/** Which client an assertion says it is of, right or wrong; null where it does not say. */
export function claimedClient(compact: string): string | null {
  const { sub } = (compact.length <= MAX_LENGTH && orNull(() => decodeJwt(compact))) || {}
  return typeof sub === 'string' ? sub : null
}

/**
 * Whether an assertion is of this moment, give or take a minute by which clocks differ: neither over nor from the future,
 * and at most five minutes from its end, as its own clock has it.
 */
export function isTimely({ issuedAt, notBefore, expiresAt }: ClientAssertion, now: Date): boolean {
  const seconds = now.getTime() / 1000
  return (
    expiresAt > seconds - CLOCK_SKEW &&
    Math.max(issuedAt, notBefore ?? issuedAt) <= seconds + CLOCK_SKEW &&
    expiresAt <= Math.max(issuedAt, seconds) + MAX_LIFETIME
  )
}

/** When an assertion is refused for its age whatever else it is. */
export function overAt({ expiresAt }: ClientAssertion): Date {
  return new Date((expiresAt + CLOCK_SKEW) * 1000)
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
