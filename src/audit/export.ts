import canonicalize from 'canonicalize'
import { and, asc, eq, gte, lte } from 'drizzle-orm'
import { auditCheckpoints, auditHeads, type Database, databaseNow, readExport } from '../database/index.ts'
import { Fault } from '../result.ts'
import { csvRow } from './export-csv.ts'
import { readBatch } from './read-batch.ts'
import { newestCheckpoint, readSteps } from './stored-tree.ts'
import { consistencySteps, startPlaces } from './tree.ts'

const PAGE = 500

export type ExportRequest = {
  format: 'ndjson' | 'csv'
  /** How many events to leave out at the front; null: what retention has taken. */
  after: number | null
  /** The last event; null: the last one that is sealed. */
  until: number | null
  /** A size that the reader remembers, to be tied to the beginning; null for none. */
  proofFrom: number | null
}
/** What an export will hold: events `after` + 1 to `until`, tied to the checkpoint of `sealed` events. */
export type ExportPlan = { after: number; until: number; sealed: number; trimmed: number; origin: string }

/**
 * What an export of one account will hold, at this moment. Have the sealer seal first: what is not sealed stays out.
 * @param prefix what the names of this instance's logs begin with
 * @throws Fault BAD_USER_INPUT for a range that the sealed history does not have
 */
export async function planExport(
  db: Database,
  accountId: string,
  request: ExportRequest,
  prefix: string,
): Promise<ExportPlan> {
  return readExport(db, accountId, async (tx) => {
    const [head] = await tx.select().from(auditHeads).where(eq(auditHeads.accountId, accountId))
    const newest = await newestCheckpoint(tx, accountId)
    const [trimmed, sealed] = [head?.trimmed ?? 0, newest?.size ?? 0]
    const after = Math.max(request.after ?? 0, trimmed)
    const until = request.until ?? sealed
    if (until > sealed)
      throw new Fault('BAD_USER_INPUT', `${sealed} events of this account are sealed, and ${until} were asked for.`)
    if (after > until) throw new Fault('BAD_USER_INPUT', `No event stands between ${after} and ${until}.`)
    if ((request.proofFrom ?? 0) > sealed)
      throw new Fault(
        'BAD_USER_INPUT',
        `${sealed} events of this account are sealed: there is no proof from ${request.proofFrom}.`,
      )
    const origin = newest?.note.split('\n', 1)[0] ?? `${prefix}${accountId}`
    return { after, until, sealed, trimmed, origin }
  })
}

/**
 * One account's history as text, in pieces of whole lines, read page by page: docs/audit-log.md, 5. As CSV it is for
 * reading, and proves nothing.
 * @param onEvents told of how many more have been read
 * @throws Error where retention takes what was to come, while it runs
 */
export async function* exportHistory(
  db: Database,
  accountId: string,
  request: ExportRequest,
  plan: ExportPlan,
  onEvents: (count: number) => void = () => {},
): AsyncGenerator<string> {
  const { after, until } = plan
  const isCsv = request.format === 'csv'
  if (!isCsv) yield await readExport(db, accountId, (tx) => beginning(tx, accountId, request, plan))
  let last = after
  while (last < until) {
    const [events, notes] = await readExport(db, accountId, (tx) => readPage(tx, accountId, last, until))
    if (events[0]?.sequence !== last + 1) throw new Error(`The event ${last + 1} is not there any more.`)
    yield events
      .map(({ sequence, record, hash }) => {
        last = sequence
        const hex = Buffer.from(hash).toString('hex')
        if (isCsv) return csvRow(record, hex)
        const note = notes.get(sequence)
        return eventLine(record, hex) + (note === undefined ? '' : line({ kind: 'checkpoint', note }))
      })
      .join('')
    onEvents(events.length)
  }
  if (!isCsv) yield await readExport(db, accountId, (tx) => ending(tx, accountId, plan))
}

async function beginning(
  tx: Database,
  account: string,
  { until, proofFrom }: ExportRequest,
  { after, trimmed, origin }: ExportPlan,
): Promise<string> {
  const createdAt = (await databaseNow(tx)).toISOString()
  const head = line({ account, after, createdAt, format: 'chatelaine-audit/1', kind: 'header', origin, trimmed, until })
  const start = await readSteps(
    tx,
    account,
    startPlaces(after).map((place) => [place]),
  )
  const [checkpoint] = await notesOf(tx, account, after, after)
  const proof =
    proofFrom === null || proofFrom >= after ? null : await readSteps(tx, account, consistencySteps(proofFrom, after))
  return [
    head,
    after > 0 ? line({ kind: 'start', nodes: start.map(hexOf), size: after }) : '',
    proof ? line({ from: proofFrom, hashes: proof.map(hexOf), kind: 'consistency', to: after }) : '',
    checkpoint ? line({ kind: 'checkpoint', note: checkpoint.note }) : '',
  ].join('')
}

async function ending(tx: Database, account: string, { after, until, sealed }: ExportPlan): Promise<string> {
  const end = line({ events: until - after, kind: 'end', through: until })
  if (until === sealed) return end
  const proof = await readSteps(tx, account, consistencySteps(until, sealed))
  const [newest] = await notesOf(tx, account, sealed, sealed)
  const consistency = line({ from: until, hashes: proof.map(hexOf), kind: 'consistency', to: sealed })
  return consistency + line({ kind: 'checkpoint', note: newest?.note ?? '' }) + end
}

async function readPage(tx: Database, accountId: string, after: number, until: number) {
  const events = await readBatch(tx, accountId, after, until, PAGE)
  const notes = await notesOf(tx, accountId, after + 1, events.at(-1)?.sequence ?? after)
  return [events, new Map(notes.map(({ size, note }) => [size, note]))] as const
}

function notesOf(tx: Database, accountId: string, from: number, to: number) {
  return tx
    .select({ size: auditCheckpoints.size, note: auditCheckpoints.note })
    .from(auditCheckpoints)
    .where(
      and(eq(auditCheckpoints.accountId, accountId), gte(auditCheckpoints.size, from), lte(auditCheckpoints.size, to)),
    )
    .orderBy(asc(auditCheckpoints.size))
}

/** The record stands behind the first 99 bytes, verbatim. */
function eventLine(record: string, hash: string): string {
  return `{"hash":"${hash}","kind":"event","record":${record}}\n`
}

function line(members: Record<string, unknown>): string {
  return `${canonicalize(members)}\n`
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
