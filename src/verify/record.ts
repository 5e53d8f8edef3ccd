import { parseCanonical } from './canonical-json.ts'

/** What a verifier reads in a record. `trimmedTo`: of AUDIT_TRIMMED, the first sequence that was left. */
export type RecordFacts = {
  accountId: string
  sequence: number
  occurredAt: number
  /** False: a later version of the format, whose members are not known here. */
  isKnownVersion: boolean
  trimmedTo: number | null
}

export const MAX_RECORD_BYTES = 262_144

const TEXT = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))*"`
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const INSTANT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
const orNull = (form: string) => `(?:null|${form})`
/** All 22 members of version 1 in canonical order: most records are told by this alone, in a fraction of a parser's time. */
const VERSION_1 = new RegExp(
  `^\\{"accountId":"(${UUID})"` +
    `,"actor":\\{"id":${orNull(`"${UUID}"`)},"name":${TEXT},"type":"(?:USER|APP|SYSTEM)"\\}` +
    `,"appId":${orNull(`"${UUID}"`)},"attempts":${orNull(String.raw`[1-9]\d{0,15}`)}` +
    `,"changes":(\\[\\]|\\[\\{.*?\\}\\]),"gracePeriod":${orNull('"P[0-9DTHMS]+"')},"graceStarts":${orNull('"(?:NOW|FIRST_USE)"')}` +
    `,"id":"${UUID}","occurredAt":"(${INSTANT})","requestId":${orNull(TEXT)},"resourceId":${TEXT}` +
    `,"resourceName":${orNull(TEXT)},"resourceType":${TEXT},"secretExpiresAt":${orNull(`"${INSTANT}"`)}` +
    `,"secretHint":${orNull(TEXT)},"secretId":${orNull(`"${UUID}"`)},"sequence":([1-9]\\d{0,15}),"source":"(?:API|CONSOLE|CLI|SYSTEM)"` +
    `,"sourceIp":${orNull(TEXT)},"type":"([A-Z][A-Z0-9_]*)","userAgent":${orNull(TEXT)},"v":1\\}$`,
)
const VALUE = `(?:${TEXT}|null|true|false|0|-?[1-9]\\d{0,14}|\\[(?:${TEXT}(?:,${TEXT})*)?\\]|\\{"hint":${TEXT},"id":${TEXT}\\})`
const SIMPLE_CHANGE = `\\{"after":${VALUE},"before":${VALUE},"field":${TEXT}\\}`
/** What almost all changes look like; others go through the parser. */
const SIMPLE_CHANGES = new RegExp(`^\\[${SIMPLE_CHANGE}(?:,${SIMPLE_CHANGE})*\\]$`)
const CHANGE = 'after,before,field'

/**
 * Checks the form of a record (docs/audit-log.md, 1).
 * @param latin its bytes, valid UTF-8, one character each
 * @returns null for what no record may be
 */
export function readRecord(latin: string): RecordFacts | null {
  if (latin.length > MAX_RECORD_BYTES) return null
  const match = VERSION_1.exec(latin)
  if (!match) return readLater(utf8Of(latin))
  const [, accountId = '', changes = '', instant = '', sequence, type] = match
  const occurredAt = Date.parse(instant)
  if (Number.isNaN(occurredAt)) return null
  let trimmedTo: number | null = null
  if (type === 'AUDIT_TRIMMED' || (changes !== '[]' && !SIMPLE_CHANGES.test(changes))) {
    const parsed = parseCanonical(utf8Of(changes)) as Record<string, unknown>[] | undefined
    if (!parsed?.every((change) => Object.keys(change).join() === CHANGE && typeof change.field === 'string'))
      return null
    const first = parsed.find(({ field }) => field === 'firstSequence')?.after
    if (type === 'AUDIT_TRIMMED' && typeof first === 'number') trimmedTo = first
  }
  return { accountId, sequence: Number(sequence), occurredAt, isKnownVersion: true, trimmedTo }
}

function utf8Of(latin: string): string {
  return Buffer.from(latin, 'latin1').toString()
}

/** Of a later version what stays in every version is read: account, sequence, time and type. */
function readLater(text: string): RecordFacts | null {
  const record = parseCanonical(text)
  if (typeof record !== 'object' || record === null) return null
  const { v, accountId, sequence, occurredAt, type, kind } = record as Record<string, unknown>
  const isLater = typeof v === 'number' && v > 1
  if (!isLater || kind !== undefined || typeof type !== 'string') return null
  if (typeof accountId !== 'string' || !new RegExp(`^${UUID}$`).test(accountId)) return null
  if (typeof sequence !== 'number' || sequence < 1) return null
  if (typeof occurredAt !== 'string' || !new RegExp(`^${INSTANT}$`).test(occurredAt)) return null
  const at = Date.parse(occurredAt)
  return Number.isNaN(at) ? null : { accountId, sequence, occurredAt: at, isKnownVersion: false, trimmedTo: null }
}
