import { hash } from 'node:crypto'

/** 32 bytes. */
export type Hash = Uint8Array
/** Where a complete node is: (level, index) covers the leaves index·2^level to (index + 1)·2^level − 1. */
export type Place = { level: number; index: number }
export type Node = Place & { hash: Hash }
/** A hash of a proof: that of a complete node, or what several give that are folded from the right. */
export type Step = readonly Place[]

export const EMPTY_ROOT: Hash = sha256(new Uint8Array())

/** RFC 9162 §2.1.1: SHA-256 of 0x00 and the record's bytes. */
export function hashLeaf(record: string): Hash {
  return sha256(Buffer.concat([Buffer.of(0), Buffer.from(record)]))
}

/** RFC 9162 §2.1.1: SHA-256 of 0x01 and the two below. */
export function hashNode(left: Hash, right: Hash): Hash {
  return sha256(Buffer.concat([Buffer.of(1), left, right]))
}

/** The complete nodes along the right edge of a tree of that size, largest first: one per bit set. */
export function startPlaces(size: number): Place[] {
  return placesOf(0, size)
}

/** The root, out of the start nodes: folded from the right. */
export function foldStart(nodes: readonly Hash[]): Hash {
  return nodes.length === 0 ? EMPTY_ROOT : nodes.reduceRight((right, left) => hashNode(left, right))
}

/**
 * The nodes that become complete as leaves are added to a tree, and its start nodes after.
 * @param start the start nodes at `size`, largest first
 */
export function addLeaves(
  size: number,
  start: readonly Hash[],
  leaves: readonly Hash[],
): { added: Node[]; start: Hash[] } {
  const open = startPlaces(size).map((place, nth) => ({ ...place, hash: start[nth] as Hash }))
  const added: Node[] = []
  for (const [nth, leaf] of leaves.entries()) {
    let node: Node = { level: 0, index: size + nth, hash: leaf }
    added.push(node)
    for (let left = open.at(-1); left?.level === node.level; left = open.at(-1)) {
      open.pop()
      node = { level: node.level + 1, index: left.index / 2, hash: hashNode(left.hash, node.hash) }
      added.push(node)
    }
    open.push(node)
  }
  return { added, start: open.map(({ hash }) => hash) }
}

/** RFC 9162 §2.1.3.1, for the leaf of that index, 0 ≤ index < size. */
export function inclusionSteps(index: number, size: number): Step[] {
  const steps: Step[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const split = from + largestPowerBelow(to - from)
    if (index < split) {
      steps.push(placesOf(split, to))
      to = split
    } else {
      steps.push(placesOf(from, split))
      from = split
    }
  }
  return steps.reverse()
}

/** RFC 9162 §2.1.4.1, 0 ≤ size1 ≤ size2. Empty where one of them is 0 or both are the same. */
export function consistencySteps(size1: number, size2: number): Step[] {
  if (size1 === 0 || size1 === size2) return []
  const steps: Step[] = []
  let [from, to] = [0, size2]
  while (to !== size1) {
    const split = from + largestPowerBelow(to - from)
    if (size1 <= split) {
      steps.push(placesOf(split, to))
      to = split
    } else {
      steps.push(placesOf(from, split))
      from = split
    }
  }
  if (from > 0) steps.push(placesOf(from, to)) // else its root is what the reader has already
  return steps.reverse()
}

/** The complete nodes that cover the leaves from..to − 1, where `from` is a multiple of the largest. */
function placesOf(from: number, to: number): Place[] {
  const places: Place[] = []
  for (let at = from; at < to; ) {
    const level = Math.floor(Math.log2(to - at))
    const width = 2 ** level
    places.push({ level, index: at / width })
    at += width
  }
  return places
}

function largestPowerBelow(size: number): number {
  return 2 ** Math.ceil(Math.log2(size) - 1)
}

/** Whether two hashes, or two keys, are the same bytes. */
export function areSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

function sha256(bytes: Uint8Array): Hash {
  return new Uint8Array(hash('sha256', bytes, 'buffer'))
}
