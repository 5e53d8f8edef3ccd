import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { describe, expect, test } from 'vitest'
import vectors from './vectors.json' with { type: 'json' }

/** RFC 9162 §2.1: SHA-256 of 0x00 and the record's bytes. */
const leafHash = (record: string) => createHash('sha256').update('\0').update(record).digest('hex')

describe('canonical JSON is what an implementation apart from ours makes of it', () => {
  test.each(vectors.canonicalisation)('$name', ({ json, canonical, leafHash: hash }) => {
    expect(canonicalize(JSON.parse(json))).toBe(canonical)
    expect(leafHash(canonical)).toBe(hash)
  })
})

describe('a record is canonical, and hashes to its leaf', () => {
  test.each(vectors.events)('event $sequence', ({ record, leafHash: hash }) => {
    expect(canonicalize(JSON.parse(record))).toBe(record)
    expect(leafHash(record)).toBe(hash)
  })
})

test.each(['lone high surrogate', 'lone low surrogate in a name'])('refused: %s', (name) => {
  const { json = '' } = vectors.refused.find((vector) => vector.name === name) ?? {}
  expect(() => canonicalize(JSON.parse(json))).toThrow('Lone surrogate is not allowed')
})
