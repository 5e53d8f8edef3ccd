const P = 2n ** 255n - 19n
const D = (-121665n * inverse(121666n)) % P
/** y of four of the points of order 8; of the other four it is P less this. */
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
/** y of the points whose multiples are few: with such a key, anybody's signature holds. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8, P - ORDER_8])

/**
 * Whether 32 octets are a point of Ed25519 (RFC 8032 §5.1.3) that a public key can be. OpenSSL takes any 32 octets, and
 * verifies nothing by those that are none.
 */
export function isEd25519Point(octets: Uint8Array): boolean {
  const encoded = BigInt(`0x${Buffer.from(octets).reverse().toString('hex')}`)
  const y = encoded & (2n ** 255n - 1n)
  if (octets.length !== 32 || y >= P || SMALL_ORDER.has(y)) return false
  // x² = (y² − 1) / (d y² + 1) has to have a root: Euler's criterion.
  const square = (y * y) % P
  const x2 = ((square - 1n) * inverse((D * square + 1n) % P)) % P
  return power(x2, (P - 1n) / 2n) === 1n
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [square, rest] = [((base % P) + P) % P, exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}
