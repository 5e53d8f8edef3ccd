import type { Findings } from './findings.ts'
import type { TrustedKeys } from './keys.ts'
import type { SignedRoot } from './note.ts'
import { readRecord } from './record.ts'
import { openSection } from './section.ts'
import { edgeLength, type Hash, hashPair, hashRecord } from './tree.ts'
import type { Progress, Verified } from './verify-export.ts'

/** An account as its counter has it. */
export type StoredAccount = { account: string; head: number; trimmed: number }
export type StoredEvent = {
  sequence: number
  record: string
  hash: Uint8Array
  /** Columns beside the record: they are searched by, and have to say what it says. */
  copies: Record<'id' | 'type' | 'appId' | 'actorId' | 'sourceIp' | 'occurredAt', string | null>
}
/** A node of level 1 or above with its two children, null where one is missing. */
export type StoredNode = {
  level: number
  index: number
  hash: Uint8Array
  left: Uint8Array | null
  right: Uint8Array | null
}

/** The rows of a database, in pages: empty behind the last one. */
export type StoredHistory = {
  accounts(after: string | null): Promise<StoredAccount[]>
  events(account: string, after: number): Promise<StoredEvent[]>
  checkpoints(account: string, after: number): Promise<{ size: number; note: string }[]>
  /** Leaves by their index, from `from` on. */
  leaves(account: string, from: number, to: number): Promise<{ index: number; hash: Uint8Array }[]>
  nodes(account: string, after: { level: number; index: number }): Promise<StoredNode[]>
  /** The start nodes at a size, largest first; shorter where some are missing. */
  startNodes(account: string, size: number): Promise<Uint8Array[]>
}

/** As verifyExport, of the database itself: its nodes lead to the very event that was changed. */
export async function verifyDatabase(
  stored: StoredHistory,
  remembered: ReadonlyMap<string, SignedRoot>,
  keys: TrustedKeys,
  findings: Findings,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Verified> {
  const newest = new Map<string, SignedRoot>()
  const unseen = new Set(remembered.keys())
  let events = 0
  for (
    let page = await stored.accounts(null);
    page.length > 0;
    page = await stored.accounts(page.at(-1)?.account ?? null)
  )
    for (const account of page) {
      unseen.delete(account.account)
      const known = remembered.get(account.account) ?? null
      const signed = await verifyAccount(stored, account, known, keys, findings, (seen) => {
        events += seen
        onProgress({ bytes: 0, events })
      })
      if (signed) newest.set(account.account, signed)
    }
  for (const account of unseen) findings.add('emptied', account, 'the account was signed before, and is not here')
  return { isExport: true, events, newest }
}

async function verifyAccount(
  stored: StoredHistory,
  { account, head, trimmed }: StoredAccount,
  remembered: SignedRoot | null,
  keys: TrustedKeys,
  findings: Findings,
  onEvents: (count: number) => void,
): Promise<SignedRoot | null> {
  const start = (await stored.startNodes(account, trimmed)).map((hash) => Buffer.from(hash))
  if (start.length < edgeLength(trimmed)) findings.add('removed', account, `nodes of events 1 to ${trimmed}`)
  const section = openSection(
    { account, origin: null, after: trimmed, trimmed, until: null },
    start,
    remembered,
    keys,
    findings,
  )
  let last = trimmed
  let waiting = await stored.checkpoints(account, trimmed - 1)
  const tellCheckpoints = async (upTo: number) => {
    for (let next = waiting[0]; next && next.size <= upTo; next = waiting[0]) {
      section.checkpoint(next.note)
      waiting = waiting.length > 1 ? waiting.slice(1) : await stored.checkpoints(account, next.size)
    }
  }
  await tellCheckpoints(trimmed)
  for (let page = await stored.events(account, trimmed); page.length > 0; page = await stored.events(account, last)) {
    const from = page[0]?.sequence ?? 1
    const to = page.at(-1)?.sequence ?? from
    const leaves = new Map((await stored.leaves(account, from - 1, to)).map(({ index, hash }) => [index, hash]))
    for (const event of page) {
      const { sequence, record, hash } = event
      await tellCheckpoints(sequence - 1)
      const [bytes, leaf] = [Buffer.from(record), leaves.get(sequence - 1)]
      const facts = readRecord(bytes.toString('latin1'))
      section.event({ facts, computed: hashRecord(bytes), stored: Buffer.from(hash) })
      if (facts && (facts.sequence !== sequence || facts.accountId !== account)) continue // it is not the one of this place
      if (leaf && Buffer.compare(leaf, hash) !== 0)
        findings.add('rewritten', account, `event ${sequence}: the tree has another leaf in its place`)
      if (facts) compareCopies(event, findings, account)
    }
    last = to
    onEvents(page.length)
  }
  await tellCheckpoints(Number.MAX_SAFE_INTEGER)
  section.end(null)
  const signed = section.newest()
  if (head > last && last >= (signed?.size ?? 0))
    findings.add('cut', account, `the counter stands at ${head}, and the last event here is ${last}`)
  if (head < last)
    findings.add('inserted', account, `the counter stands at ${head}, and the last event here is ${last}`)
  await verifyNodes(stored, account, signed?.size ?? 0, findings)
  return signed
}

function compareCopies({ sequence, record, copies }: StoredEvent, findings: Findings, account: string): void {
  const { id, type, appId, actor, sourceIp, occurredAt } = JSON.parse(record)
  const said = { id, type, appId, actorId: actor?.id, sourceIp, occurredAt }
  for (const name of Object.keys(copies) as (keyof typeof copies)[])
    if (copies[name] !== said[name])
      findings.add('edited', account, `event ${sequence}: the column for ${name} does not say what the record says`)
}

/** Every node is the hash of its children, and none is missing. */
async function verifyNodes(stored: StoredHistory, account: string, size: number, findings: Findings): Promise<void> {
  const seen = new Map<number, number>()
  let after = { level: 0, index: Number.MAX_SAFE_INTEGER }
  for (let page = await stored.nodes(account, after); page.length > 0; page = await stored.nodes(account, after)) {
    for (const { level, index, hash, left, right } of page) {
      after = { level, index }
      if ((index + 1) * 2 ** level <= size) seen.set(level, (seen.get(level) ?? 0) + 1)
      const isHash = left && right && Buffer.compare(hashPair(left, right) as Hash, hash) === 0
      if (!isHash) findings.add('edited', account, `node (${level}, ${index}) is not the hash of its children`)
    }
  }
  for (let level = 1; 2 ** level <= size; level += 1) {
    const missing = Math.floor(size / 2 ** level) - (seen.get(level) ?? 0)
    if (missing > 0) findings.add('edited', account, `${missing} nodes of level ${level} are missing`)
  }
}
