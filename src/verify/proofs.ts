import { EMPTY_ROOT, hashPair } from './tree.ts'

const isOdd = (at: number) => at % 2 === 1
const half = (at: number) => Math.floor(at / 2)
const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0

/** RFC 9162 §2.1.3.2: whether the leaf of that index is in the tree of that size and root. */
export function checkInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index < 0 || index >= size) return false
  let [fn, sn, r] = [index, size - 1, leaf]
  for (const p of path) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      r = hashPair(p, r)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else r = hashPair(r, p)
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && same(r, root)
}

/** RFC 9162 §2.1.4.2: whether the tree of size1 and root1 is the beginning of the one of size2 and root2. */
export function checkConsistency(
  size1: number,
  size2: number,
  root1: Uint8Array,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (size1 < 0 || size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && same(root1, root2)
  if (size1 === 0) return proof.length === 0 && same(root1, EMPTY_ROOT)
  const power = Math.log2(size1)
  const path = Number.isInteger(power) && 2 ** power === size1 ? [root1, ...proof] : proof
  let [fn, sn] = [size1 - 1, size2 - 1]
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  const [first, ...rest] = path
  if (!first) return false
  let [fr, sr] = [first, first]
  for (const c of rest) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      fr = hashPair(c, fr)
      sr = hashPair(c, sr)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else sr = hashPair(sr, c)
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && same(fr, root1) && same(sr, root2)
}
