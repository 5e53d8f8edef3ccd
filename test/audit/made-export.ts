import { checkpointText, signNote } from '../../src/audit/note.ts'
import { addLeaves, foldStart, hashLeaf } from '../../src/audit/tree.ts'
import { type AuditKey, auditKeyOf } from '../../src/keys/audit-key.ts'
import vectors from './vectors.json' with { type: 'json' }

export const account = '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01'
export const ourKey = auditKeyOf(new Uint8Array(32).fill(7))
export const strangersKey = auditKeyOf(new Uint8Array(32).fill(9))
const origin = `chatelaine.example.com/audit/${account}`
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
/** As a server with that one key publishes it. */
export const ourKeyFile = {
  format: 'chatelaine-audit-keys/1',
  issuer: 'https://chatelaine.example.com',
  origin: 'chatelaine.example.com/audit/',
  keys: [{ publicKey: base64(ourKey.publicKey), algorithm: 'Ed25519', status: 'current', since: '', until: null }],
  handovers: [],
}

const timeOf = (sequence: number) => new Date(Date.UTC(2026, 10, 23) + sequence * 60_000)

/** A record of its own for each place. @param fork another history has other records */
export function recordAt(sequence: number, fork = ''): string {
  const { record = '' } = vectors.events[sequence % 7] ?? {}
  return record
    .replace(/"id":"[^"]*","occurredAt":"[^"]*"/, (text) =>
      text.replace(/[^"]*"$/, `${timeOf(sequence).toISOString()}"`),
    )
    .replace(/"requestId":(null|"[^"]*")/, `"requestId":"request ${sequence}${fork}"`)
    .replace(/"sequence":\d+/, `"sequence":${sequence}`)
}

export function eventLine(record: string, hash: Uint8Array = hashLeaf(record)): string {
  return `{"hash":"${Buffer.from(hash).toString('hex')}","kind":"event","record":${record}}`
}

export function checkpointLine(note: string): string {
  return JSON.stringify({ kind: 'checkpoint', note })
}

/** The checkpoint of records, signed. */
export function noteOf(records: readonly string[], key: AuditKey = ourKey, time = timeOf(records.length)): string {
  const rootHash = foldStart(addLeaves(0, [], records.map(hashLeaf)).start)
  return signNote(checkpointText({ origin, size: records.length, rootHash, time }), origin, [key])
}

export const upTo = (count: number, fork = '') => Array.from({ length: count }, (_, nth) => recordAt(nth + 1, fork))

/**
 * The export of a history with checkpoints at some sizes.
 * @param notes of each of those sizes, another one than that of these records
 */
export function exportOf(
  records: readonly string[],
  sizes: readonly number[],
  notes: Record<number, string> = {},
): string[] {
  return [
    `{"account":"${account}","after":0,"createdAt":"2027-01-01T00:00:00.000Z","format":"chatelaine-audit/1","kind":"header","origin":"${origin}","trimmed":0,"until":null}`,
    ...records.flatMap((record, nth) => [
      eventLine(record),
      ...(sizes.includes(nth + 1) ? [checkpointLine(notes[nth + 1] ?? noteOf(records.slice(0, nth + 1)))] : []),
    ]),
    `{"events":${records.length},"kind":"end","through":${records.length}}`,
  ]
}
