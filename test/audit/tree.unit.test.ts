import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkpointText,
  handoverText,
  isSignedBy,
  originPrefixOf,
  readCheckpoint,
  signNote,
} from '../../src/audit/note.ts'
import {
  addLeaves,
  consistencySteps,
  EMPTY_ROOT,
  foldStart,
  type Hash,
  hashLeaf,
  inclusionSteps,
  type Node,
  type Step,
  startPlaces,
} from '../../src/audit/tree.ts'
import { auditKeyOf } from '../../src/keys/index.ts'
import { checkConsistency, checkInclusion } from '../../src/verify/proofs.ts'
import vectors from './vectors.json' with { type: 'json' }

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'))

/** Every node of a tree, as the database keeps them, grown in parts. */
function grow(leaves: readonly Hash[], part = leaves.length || 1) {
  const nodes = new Map<string, Hash>()
  let [start, size]: [Hash[], number] = [[], 0]
  const all: Node[] = []
  for (; size < leaves.length; size += part) {
    const grown = addLeaves(size, start, leaves.slice(size, size + part))
    start = grown.start
    all.push(...grown.added)
  }
  for (const { level, index, hash } of all) nodes.set(`${level}.${index}`, hash)
  const at = (step: Step) =>
    foldStart(step.map(({ level, index }) => nodes.get(`${level}.${index}`) ?? new Uint8Array()))
  return { all, at, root: (of: number) => at(startPlaces(of)) }
}

describe('the vectors', () => {
  const tree = grow(vectors.events.map(({ leafHash }) => bytes(leafHash)))

  test('leaves, nodes, roots and start nodes', () => {
    for (const { record, leafHash } of vectors.events) expect(hex(hashLeaf(record))).toBe(leafHash)
    expect(vectors.roots.map((_root, size) => hex(tree.root(size)))).toEqual(vectors.roots)
    const order = (nodes: { level: number; index: number; hash: string }[]) =>
      nodes.toSorted((a, b) => a.level - b.level || a.index - b.index)
    expect(order(tree.all.map((node) => ({ ...node, hash: hex(node.hash) })))).toEqual(order(vectors.nodes))
    for (const { size, nodes } of vectors.startNodes)
      expect(startPlaces(size).map((place) => hex(tree.at([place])))).toEqual(nodes)
  })

  test('proofs of inclusion and of consistency', () => {
    for (const { sequence, size, hashes } of vectors.inclusionProofs)
      expect(inclusionSteps(sequence - 1, size).map((step) => hex(tree.at(step)))).toEqual(hashes)
    for (const { from, to, hashes } of vectors.consistencyProofs)
      expect(consistencySteps(from, to).map((step) => hex(tree.at(step)))).toEqual(hashes)
  })

  test('the reference tree of Certificate Transparency', () => {
    const { leavesHex, leafHashes, roots, inclusionProofs, consistencyProofs } = vectors.referenceTree
    expect(leafHashes).toHaveLength(leavesHex.length)
    const reference = grow(leafHashes.map(bytes), 3)
    expect(roots.map((_root, size) => hex(reference.root(size)))).toEqual(roots)
    for (const { index, size, hashes } of inclusionProofs)
      expect(inclusionSteps(index, size).map((step) => hex(reference.at(step)))).toEqual(hashes)
    for (const { from, to, hashes } of consistencyProofs)
      expect(consistencySteps(from, to).map((step) => hex(reference.at(step)))).toEqual(hashes)
  })

  test('checkpoints and the hand-over, to the byte', () => {
    const [key, next] = [auditKeyOf(bytes(vectors.key.seed)), auditKeyOf(bytes(vectors.nextKey.seed))]
    expect(Buffer.from(key.publicKey).toString('base64')).toBe(vectors.key.publicKey)
    for (const { size, note } of vectors.checkpoints) {
      const read = readCheckpoint(note)
      if (!read) throw new Error('It was not read.')
      const signer = size < 9 ? key : next
      expect(signNote(checkpointText(read), read.origin, [signer])).toBe(note)
      expect(isSignedBy(note, read.origin, signer.publicKey)).toBe(true)
      expect(isSignedBy(note.replace('time 202', 'time 201'), read.origin, signer.publicKey)).toBe(false)
      expect(hex(read.rootHash)).toBe(vectors.roots[size])
    }
    const prefix = originPrefixOf('https://chatelaine.example.com')
    const at = new Date('2026-12-01T09:30:00.000Z')
    const text = handoverText(prefix, key.publicKey, next.publicKey, at)
    expect(signNote(text, `${prefix}keys`, [key, next])).toBe(vectors.handover)
  })
})

const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('any history, grown in any parts, any two sizes: the proofs hold, and any one change breaks them', () => {
  fc.assert(
    fc.property(fc.array(leaf, { minLength: 1, maxLength: 70 }), fc.nat(), fc.nat(), fc.nat(), (leaves, a, b, c) => {
      const tree = grow(leaves, 1 + (c % leaves.length))
      const size = 1 + (a % leaves.length)
      const from = 1 + (b % size)
      const index = b % size
      expect(hex(tree.root(size))).toBe(hex(grow(leaves.slice(0, size)).root(size)))
      const inclusion = inclusionSteps(index, size).map(tree.at)
      const consistency = consistencySteps(from, size).map(tree.at)
      const included = (root: Hash, path = inclusion, of = leaves[index] as Hash) =>
        checkInclusion(index, size, of, path, root)
      const consistent = (root1: Hash, root2: Hash, path = consistency) =>
        checkConsistency(from, size, root1, root2, path)
      const [root1, root2] = [tree.root(from), tree.root(size)]
      expect([included(root2), consistent(root1, root2)]).toEqual([true, true])

      const flip = (hash: Hash) => hash.with(c % 32, (hash[c % 32] ?? 0) ^ (1 << (c % 8)))
      expect([included(flip(root2)), included(root2, inclusion, flip(leaves[index] as Hash))]).toEqual([false, false])
      expect([consistent(flip(root1), root2), consistent(root1, flip(root2))]).toEqual([false, false])
      for (const [path, holds] of [
        [inclusion, included],
        [consistency, (root: Hash, changed: Hash[]) => consistent(root1, root, changed)],
      ] as const) {
        expect(holds(root2, [...path, root1])).toBe(false)
        if (path.length === 0) continue
        const nth = c % path.length
        expect(holds(root2, path.with(nth, flip(path[nth] as Hash)))).toBe(false)
        expect(holds(root2, path.toSpliced(nth, 1))).toBe(false)
      }
    }),
  )
})

test('an empty tree has the root of nothing, and is part of every other', () => {
  expect(hex(EMPTY_ROOT)).toBe(vectors.roots[0])
  expect(checkConsistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])).toBe(true)
  expect(checkConsistency(0, 5, EMPTY_ROOT, bytes(vectors.roots[5] ?? ''), [])).toBe(true)
  expect(checkConsistency(0, 5, bytes(vectors.roots[1] ?? ''), bytes(vectors.roots[5] ?? ''), [])).toBe(false)
})
