import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { hashLeaf } from '../../src/audit/tree.ts'
import { parseCheckpoint } from '../../src/verify/index.ts'
import { tempFolder } from '../support/index.ts'
import { findingsOf } from './findings-of.ts'
import {
  account,
  checkpointLine,
  eventLine,
  exportOf,
  noteOf,
  ourKey,
  ourKeyFile,
  recordAt,
  strangersKey,
  upTo,
} from './made-export.ts'
import vectors from './vectors.json' with { type: 'json' }

type Case = { damage: string; lines: string[]; memory?: string; names: string[]; exit: number; says?: string[] }

const records = upTo(12)
const whole = exportOf(records, [4, 8, 12])
/** Lines 1 to 12 of events stand at these places: the header is line 0, and two checkpoints stand between. */
const lineOf = (sequence: number) => sequence + Math.floor((sequence - 1) / 4)
const without = (...sequences: number[]) => whole.filter((_line, at) => !sequences.map(lineOf).includes(at))
const counting = (lines: string[]) => {
  const events = lines.filter((line) => line.startsWith('{"hash"')).length
  return lines.map((line) => line.replace(/"events":\d+/, `"events":${events}`))
}
const edited = recordAt(6).replace('"requestId":"request 6"', '"requestId":"request 0"')
const rewritten = records.with(5, edited)
const swapped = whole.with(lineOf(6), whole[lineOf(7)] ?? '').with(lineOf(7), whole[lineOf(6)] ?? '')
const fork = upTo(12, ' of another history')
const later = recordAt(6).replace(/"occurredAt":"2026[^"]*"/, '"occurredAt":"2026-11-23T00:00:00.001Z"')
const anothers = recordAt(6).replaceAll(account, account.replace('0', '1'))

const cases: Case[] = [
  { damage: 'none', lines: whole, names: [], exit: 0 },
  { damage: 'none, and the reader remembers', lines: whole, memory: noteOf(upTo(5)), names: [], exit: 0 },
  {
    damage: 'a record is edited',
    lines: whole.with(lineOf(6), eventLine(edited, hashLeaf(recordAt(6)))),
    names: ['edited'],
    exit: 1,
    says: ['event 6: the record was changed; its stored hash is the one that was signed'],
  },
  {
    damage: 'a stored hash is edited',
    lines: whole.with(lineOf(6), eventLine(recordAt(6), hashLeaf(edited))),
    names: ['edited'],
    exit: 1,
    says: ['event 6: its stored hash was changed; the record is the one that was signed'],
  },
  {
    damage: 'a record and its hash are edited',
    lines: whole.with(lineOf(6), eventLine(edited)),
    names: ['rewritten'],
    exit: 1,
    says: ['events 5 to 8: not what the checkpoint of 8 events says'],
  },
  {
    damage: 'a history is rewritten and signed by a stranger',
    lines: exportOf(rewritten, [12], { 12: noteOf(rewritten, strangersKey) }),
    names: ['key-unknown', 'unproven'],
    exit: 1,
  },
  {
    damage: 'a signature is changed',
    lines: whole.map((line) => line.replace(/([A-Za-z0-9+/]{20})(A)?[A-Za-z0-9+/]{6}=\\n"/, '$1AAAAAAA=\\n"')),
    names: ['bad-signature', 'bad-signature', 'bad-signature', 'unproven'],
    exit: 1,
  },
  {
    damage: 'two events are swapped',
    lines: swapped,
    names: ['swapped'],
    exit: 1,
    says: ['event 6 stands behind event 7'],
  },
  {
    damage: 'an event is there twice',
    lines: counting(whole.toSpliced(lineOf(6), 0, whole[lineOf(6)] ?? '')),
    names: ['inserted'],
    exit: 1,
  },
  {
    damage: "another account's event is put in",
    lines: counting(whole.toSpliced(lineOf(6), 0, eventLine(anothers))),
    names: ['inserted'],
    exit: 1,
  },
  { damage: 'an event is taken out', lines: counting(without(6)), names: ['removed'], exit: 1, says: ['event 6'] },
  {
    damage: 'the first events are taken out',
    lines: counting(without(1, 2)),
    names: ['removed'],
    exit: 1,
    says: ['events 1 to 2'],
  },
  {
    damage: 'the tail is cut',
    lines: counting(without(11, 12)),
    names: ['cut'],
    exit: 1,
    says: ['events 11 to 12: missing at the end'],
  },
  { damage: 'the tail is cut with its checkpoint', lines: exportOf(upTo(8), [4, 8]), names: [], exit: 0 },
  {
    damage: 'the tail is cut with its checkpoint, and the reader remembers',
    lines: exportOf(upTo(8), [4, 8]),
    memory: noteOf(records),
    names: ['rolled-back'],
    exit: 1,
  },
  {
    damage: 'all is taken out but the checkpoints',
    lines: counting(whole.filter((line) => !line.startsWith('{"hash"'))),
    names: ['emptied'],
    exit: 1,
  },
  {
    damage: 'all is taken out, and the reader remembers',
    lines: exportOf([], []),
    memory: noteOf(records),
    names: ['emptied'],
    exit: 1,
  },
  {
    damage: 'an older state has grown again',
    lines: exportOf(fork, [4, 8, 12]),
    memory: noteOf(upTo(10)),
    names: ['split-view'],
    exit: 1,
  },
  {
    damage: 'two roots of one size',
    lines: whole.toSpliced(-1, 0, checkpointLine(noteOf(fork))),
    names: ['split-view'],
    exit: 1,
  },
  {
    damage: 'an event is earlier than the one before',
    lines: exportOf(records.with(5, later), [12]),
    names: ['time-backwards'],
    exit: 1,
  },
  {
    damage: 'a checkpoint is earlier than its events',
    lines: exportOf(records, [12], { 12: noteOf(records, ourKey, new Date(0)) }),
    names: ['time-backwards'],
    exit: 1,
  },
  { damage: 'a line is none', lines: whole.toSpliced(3, 0, '{"kind":"nothing"}'), names: ['malformed'], exit: 1 },
  {
    damage: 'a record is none, and its hash stands',
    lines: whole.with(lineOf(6), eventLine('{}', hashLeaf(recordAt(6)))),
    names: ['edited', 'malformed'],
    exit: 1,
  },
  { damage: 'the newest events are not signed yet', lines: exportOf(records, [4, 8]), names: ['unsealed'], exit: 3 },
  { damage: 'nothing is signed', lines: exportOf(records, []), names: ['unproven'], exit: 3 },
  { damage: 'the end line is missing', lines: whole.slice(0, -1), names: ['truncated'], exit: 3 },
  {
    damage: 'a record is of a later version',
    lines: exportOf(records.with(5, recordAt(6).replace('"v":1', '"v":2')), [12]),
    names: ['version-unknown'],
    exit: 0,
  },
  { damage: 'it is no export', lines: ['{"kind":"nothing"}'], names: [], exit: 2 },
]

describe('each damage to an export, and what a reader finds', () => {
  test.each(cases)('$damage', async ({ lines, memory, names, exit, says }) => {
    const found = await findingsOf(lines, memory ?? null, [], ourKeyFile)
    if (exit === 2) return expect(found.verified.isExport).toBe(false)
    expect(found.names.toSorted()).toEqual(names.toSorted())
    expect(found.exit).toBe(exit)
    if (says) expect(found.all.map(({ text }) => text)).toEqual(says)
    if (names.includes('split-view')) {
      const notes = found.all[0]?.notes?.map((note) => parseCheckpoint(note)?.size)
      expect(notes).toEqual(memory ? [10, 12] : [12, 12])
    }
  })
})

const script = fileURLToPath(new URL('../../tools/verify_audit.py', import.meta.url))
/** What the verifier in Python says, of the same file. */
async function inPython(lines: readonly string[], memory: string | null, keyFile: object) {
  await using folder = await tempFolder()
  const at = (name: string) => join(folder.path, name)
  await writeFile(at('export'), lines.map((line) => `${line}\n`).join(''))
  await writeFile(at('keys'), JSON.stringify(keyFile))
  const accounts = memory === null ? {} : { [account]: { note: memory } }
  await writeFile(at('state'), JSON.stringify({ format: 'chatelaine-audit-state/1', keys: [], accounts }))
  const run = promisify(execFile)('python3', [script, at('export'), '--keys', at('keys'), '--state', at('state')])
  const { code, stdout } = await run.then(
    (done) => ({ code: 0, ...done }),
    (error: { code: number | string; stdout: string }) => error,
  )
  const names = stdout.split('\n').flatMap((line) => /^([a-z-]+) +(?:-|[0-9a-f-]{36}) {2}/.exec(line)?.[1] ?? [])
  return { code, names }
}
const hasPython = await promisify(execFile)('python3', ['--version']).then(
  () => true,
  () => false,
)

describe.runIf(hasPython)('the verifier in Python, written apart, finds the same', () => {
  test.each(cases)('$damage', { timeout: 60_000 }, async ({ lines, memory, names, exit }) => {
    const found = await inPython(lines, memory ?? null, ourKeyFile)
    expect([found.names.toSorted(), found.code]).toEqual([names.toSorted(), exit])
  })
  test('in the exports of the vectors', { timeout: 60_000 }, async () => {
    const { whole, trimmed, part } = vectors.exports
    expect(await inPython(whole, null, vectors.auditKeys)).toEqual({ code: 0, names: [] })
    expect(await inPython(trimmed, null, vectors.auditKeys)).toEqual({ code: 0, names: ['trimmed'] })
    const note = vectors.checkpoints.find(({ size }) => size === 5)?.note ?? null
    expect(await inPython(part, note, vectors.auditKeys)).toEqual({ code: 0, names: ['partial', 'partial'] })
  })
})
