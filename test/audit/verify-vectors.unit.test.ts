import { describe, expect, test } from 'vitest'
import { auditKeyOf } from '../../src/keys/index.ts'
import { parseCanonical } from '../../src/verify/canonical-json.ts'
import { readRecord } from '../../src/verify/record.ts'
import { findingsOf } from './findings-of.ts'
import vectors from './vectors.json' with { type: 'json' }

const account = '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01'
describe('the verifier reads records as the format has them', () => {
  test.each(vectors.events)('event $sequence', ({ record, sequence }) => {
    const latin = Buffer.from(record).toString('latin1')
    expect(readRecord(latin)).toMatchObject({ accountId: account, sequence, isKnownVersion: true })
    expect(readRecord(latin.replace('"v":1', '"v":2'))).toMatchObject({ sequence, isKnownVersion: false })
    for (const [from, to] of [
      ['"appId":', '"appId": '],
      ['"v":1', '"v":1,"w":1'],
      ['"requestId":', '"requestID":'],
      ['"v":1', '"v":0'],
      ['"attempts":', '"attempts":1.5,"attempts":'],
    ] as const)
      expect(readRecord(latin.replace(from, to)), to).toBeNull()
  })
  test.each(vectors.refused)('refused: $name', ({ json }) => expect(parseCanonical(json)).toBeUndefined())
  test.each(vectors.canonicalisation)('$name', ({ canonical }) => expect(parseCanonical(canonical)).toBeDefined())
})

describe('the exports prove what they contain', () => {
  const { whole, trimmed, part } = vectors.exports
  const note = (size: number) => vectors.checkpoints.find((one) => one.size === size)?.note ?? ''
  test('whole', async () => {
    expect(await findingsOf(whole)).toMatchObject({ names: [], exit: 0, verified: { events: 13 } })
    for (const { note } of vectors.checkpoints) expect((await findingsOf(whole, note)).names).toEqual([])
  })
  test('trimmed', async () => {
    expect(await findingsOf(trimmed)).toMatchObject({ names: ['trimmed'], exit: 0 })
    expect((await findingsOf(trimmed, note(5))).names).toEqual(['trimmed'])
    expect((await findingsOf(trimmed, note(13))).names).toEqual(['trimmed'])
  })
  test('a part, tied to what is remembered by a consistency line', async () => {
    expect(await findingsOf(part, note(5))).toMatchObject({ names: ['partial', 'partial'], exit: 0 })
    expect((await findingsOf(part, note(0))).names).toEqual(['partial', 'partial', 'unproven'])
  })
  test('by the keys that the reader remembers', async () => {
    expect((await findingsOf(whole, null, [vectors.key.publicKey])).names).toEqual([])
    expect((await findingsOf(whole, null, [vectors.nextKey.publicKey])).names).toEqual([])
    const stranger = Buffer.from(auditKeyOf(new Uint8Array(32)).publicKey).toString('base64')
    expect(new Set((await findingsOf(whole, null, [stranger])).names)).toEqual(new Set(['key-unknown', 'unproven']))
  })
})
