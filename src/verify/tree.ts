import { hash } from 'node:crypto'

/** 32 bytes. */
export type Hash = Buffer

export const EMPTY_ROOT: Hash = hash('sha256', '', 'buffer')

const pair = Buffer.alloc(65, 1)
/** SHA-256 of 0x01 and the two below (RFC 9162 §2.1.1). */
export function hashPair(left: Uint8Array, right: Uint8Array): Hash {
  pair.set(left, 1)
  pair.set(right, 33)
  return hash('sha256', pair, 'buffer')
}

let scratch = Buffer.alloc(4096)
/** SHA-256 of 0x00 and a record's bytes (RFC 9162 §2.1.1). */
export function hashRecord(record: Uint8Array): Hash {
  if (record.length >= scratch.length) scratch = Buffer.alloc(record.length * 2)
  scratch[0] = 0
  scratch.set(record, 1)
  return hash('sha256', scratch.subarray(0, record.length + 1), 'buffer')
}

/** A tree that grows leaf by leaf, and remembers no more than its right edge. */
export type GrowingTree = {
  size(): number
  add(leaf: Uint8Array): void
  root(): Hash
  /** Another one, which goes its own way from here on. */
  copy(): GrowingTree
}

/** @param start the complete nodes along the right edge at `size`, largest first: one per bit set in it */
export function growTree(size: number, start: readonly Uint8Array[]): GrowingTree {
  const edge = [...start]
  let count = size
  return {
    size: () => count,
    add(leaf) {
      let node = leaf
      for (let rest = count; rest % 2 === 1; rest = Math.floor(rest / 2)) node = hashPair(edge.pop() ?? leaf, node)
      edge.push(node)
      count += 1
    },
    root() {
      const last = edge.at(-1)
      if (!last) return EMPTY_ROOT
      let root = Buffer.from(last)
      for (let nth = edge.length - 2; nth >= 0; nth -= 1) root = Buffer.from(hashPair(edge[nth] ?? last, root))
      return root
    },
    copy: () => growTree(count, edge),
  }
}

/** How many start nodes a tree of that size has. */
export function edgeLength(size: number): number {
  let bits = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  return bits
}
