import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { parseCanonical } from './canonical-json.ts'
import { type Block, blocksOf } from './export-lines.ts'
import type { Findings } from './findings.ts'
import type { TrustedKeys } from './keys.ts'
import type { SignedRoot } from './note.ts'
import { MAX_RECORD_BYTES, readRecord } from './record.ts'
import { openSection, type Section, type SectionHead } from './section.ts'
import { edgeLength, type Hash } from './tree.ts'

const EVENT_HEAD = '{"hash":"'
const RECORD_HEAD = '","kind":"event","record":'
const HASH_FROM = EVENT_HEAD.length
const HASH_TO = HASH_FROM + 64
/** The record is what stands behind the first 99 bytes and before the last one. */
const RECORD_FROM = HASH_TO + RECORD_HEAD.length
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** How far it has got. */
export type Progress = { bytes: number; events: number }
/** What it found of each account: the newest checkpoint that counts. */
export type Verified = { isExport: boolean; events: number; newest: Map<string, SignedRoot> }

/**
 * Verifies an NDJSON export in one pass, with flat memory (docs/audit-log.md, 6).
 * @param remembered of each account, the newest checkpoint that this reader has kept
 * @returns `isExport` false where the first line is no header of one: then nothing was looked at
 */
export async function verifyExport(
  file: string,
  remembered: ReadonlyMap<string, SignedRoot>,
  keys: TrustedKeys,
  findings: Findings,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Verified> {
  const newest = new Map<string, SignedRoot>()
  let events = 0
  let isExport = false
  let current = null as Reading | null
  const close = (through: number | null, counted: number | null) => {
    if (!current) return
    const { head, section } = open(current)
    if (counted === null) findings.add('truncated', head.account, 'there is no end line')
    else if (counted !== current.events)
      findings.add('malformed', head.account, `the end line counts ${counted} events, and ${current.events} are here`)
    section.end(through)
    const last = section.newest()
    if (last) newest.set(head.account, last)
    current = null
  }
  const open = (reading: Reading) => {
    reading.section ??= openSection(
      reading.head,
      reading.start,
      remembered.get(reading.head.account) ?? null,
      keys,
      findings,
    )
    return { ...reading, section: reading.section }
  }
  const other = (text: string) => {
    const line = parseCanonical(text) as Record<string, unknown> | undefined
    const account = current?.head.account ?? null
    if (line?.kind === 'header') {
      close(null, null)
      const head = headOf(line)
      if (head && seen.has(head.account)) findings.add('malformed', head.account, 'there are two sections of it')
      if (head) seen.add(head.account)
      if (!head) findings.add('malformed', null, 'a header is none')
      current = head && { head, start: [], section: null, events: 0 }
      isExport ||= head !== null
    } else if (!current) {
      if (isExport) findings.add('malformed', null, 'a line stands outside of every section')
    } else if (line?.kind === 'start' && !current.section && isStart(line, current.head.after)) {
      current.start = hashesOf(line.nodes) ?? []
    } else if (line?.kind === 'checkpoint' && typeof line.note === 'string') open(current).section.checkpoint(line.note)
    else if (line?.kind === 'consistency' && isSize(line.from) && isSize(line.to) && hashesOf(line.hashes))
      open(current).section.consistency(line.from, line.to, hashesOf(line.hashes) ?? [])
    else if (line?.kind === 'end' && isSize(line.events) && isSize(line.through)) close(line.through, line.events)
    else findings.add('malformed', account, `a line behind ${current?.events ?? 0} events is none of this format`)
  }
  const seen = new Set<string>()

  for await (const block of blocksOf(file)) {
    if (block === 'too-long') {
      findings.add('malformed', null, 'a line is longer than 1 MiB')
      break
    }
    let from = 0
    for (const end of block.ends) {
      const line = block.bytes.subarray(from, end - 1)
      from = end
      if (!isEvent(line)) {
        if (block.isUtf8 || isUtf8(line)) other(line.toString())
        else findings.add('malformed', null, 'a line is not UTF-8')
        if (!isExport) return { isExport, events, newest }
      } else if (current) {
        events += 1
        current.events += 1
        open(current).section.event(eventOf(line, block))
      } else if (!isExport) return { isExport, events, newest }
      else findings.add('malformed', null, 'an event stands outside of every section')
    }
    onProgress({ bytes: block.read, events })
  }
  close(null, null)
  return { isExport, events, newest }
}

type Reading = { head: SectionHead; start: Hash[]; section: Section | null; events: number }

function isEvent(line: Buffer): boolean {
  return (
    line.length > RECORD_FROM + 1 &&
    line.toString('latin1', 0, HASH_FROM) === EVENT_HEAD &&
    line.toString('latin1', HASH_TO, RECORD_FROM) === RECORD_HEAD
  )
}

function eventOf(line: Buffer, block: Block) {
  const record = line.toString('latin1', RECORD_FROM, line.length - 1)
  const isText = block.isUtf8 || isUtf8(line)
  const isWhole = line.at(-1) === 0x7d && line.length - 1 - RECORD_FROM <= MAX_RECORD_BYTES
  line[RECORD_FROM - 1] = 0 // in place of the colon: what a leaf is hashed with, in front of its record (RFC 9162 §2.1.1)
  return {
    facts: isText && isWhole ? readRecord(record) : null,
    computed: hash('sha256', line.subarray(RECORD_FROM - 1, line.length - 1), 'buffer'),
    stored: Buffer.from(line.toString('latin1', HASH_FROM, HASH_TO), 'hex'),
  }
}

function headOf({ account, after, createdAt, format, origin, trimmed, until }: Record<string, unknown>) {
  const isHead =
    format === 'chatelaine-audit/1' &&
    typeof account === 'string' &&
    UUID.test(account) &&
    typeof origin === 'string' &&
    origin.endsWith(`/audit/${account}`) &&
    typeof createdAt === 'string'
  if (!isHead || !isSize(after) || !isSize(trimmed) || !(until === null || isSize(until)) || trimmed > after)
    return null
  return { account, origin, after, trimmed, until }
}

function isStart({ nodes, size }: Record<string, unknown>, after: number): boolean {
  return size === after && hashesOf(nodes)?.length === edgeLength(after)
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function hashesOf(value: unknown): Hash[] | null {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && /^[0-9a-f]{64}$/.test(one))) return null
  return (value as string[]).map((hex) => Buffer.from(hex, 'hex'))
}
