import type { ClientKey } from '../apps/index.ts'

const EC = {
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    x: 'tdKrXxlnAeYBr-uUggJxOCszSLpNL3B1yO8e4wVk92k',
    y: 'ZR5xvWh_-G4gd1rLwN9RdsYTdqIzBcLR7Bs_LjyL-CA',
  },
  ES384: {
    kty: 'EC',
    crv: 'P-384',
    x: 'AJKnqqDp7UN1K9RWD-shmYY6DTIs_ANjWbEMhEeN-tWqBxPEMAu-9W3tN8V7-3ew',
    y: 'uUsuBA3ej2JVptfyOHoYKsUVhoGhF3q1ylq_SmhpigbxICkIj53w1XQGFA6qqfGi',
  },
}
const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: 'zd3bxkPSq6O3FAkZx0zAGcaKBzJAqp0Gg4LpHswpBKw' }
const RSA = {
  kty: 'RSA',
  n: 'lPLmsuoxvCk1KFo0rWBxkqlu7isvl9YAHXmB29cFm4125uRF4suNp4R0pH8QLiCdudTtNlQA_c1pUvTfYsJrV76pZe7nHRVsPYmAorkKQkokgJ-chmj3mNg1zubfSJq2DW5UM3E08XLPlebYZupuptm4Z7S_Qazw59cJ568ViOc5B1oxBg3T5txrM81yxeVtNmDT_I5OMrqt1hhXxFv36zAVj_4NTmzxX8tI4RhU0XmdMCtloBmYgzyGvPbvVvxoI1L3KiGJrtg9vLDsupVBSMPMPgpQHP9cNM5IWgTeVECEqQILib8iTw6lipxDSedentL9Hl0x7fC-ztILln9-ew',
  e: 'AQAB',
}
const BY_ALGORITHM: Record<string, Record<string, string>> = {
  ...EC,
  EdDSA: ED25519,
  Ed25519: ED25519,
  RS256: RSA,
  PS256: RSA,
}

/**
 * A key that is nobody's, to verify a signature with where there is none of the client's: an unknown client then takes as
 * long as a wrong signature. Their private halves were never kept, and what verifies by one proves nothing.
 */
export function standInFor(algorithm: string): ClientKey[] {
  const jwk = BY_ALGORITHM[algorithm]
  return jwk ? [{ id: '', kid: null, algorithm, jwk }] : []
}
