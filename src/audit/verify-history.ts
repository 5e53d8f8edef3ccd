import { sql } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { type Database, rows } from '../database/index.ts'
import { Fault } from '../result.ts'
import type { Sequence } from './event.ts'
import { firstSequenceOf } from './first-sequence.ts'
import { headOf } from './list-events.ts'
import { newestCheckpoint, readNodes } from './stored-tree.ts'
import { addLeaves, areSame, foldStart, type Hash, hashLeaf, startPlaces } from './tree.ts'

const MAX_EVENTS = 10_000
const PART = 500

/** `through`: the last event that was looked at. `brokenAt`: the first that does not fit, and `reason` why, by the finding's name. */
export type Verification = {
  checked: number
  through: Sequence | null
  brokenAt: Sequence | null
  reason: string | null
  complete: boolean
}

/**
 * Hashes a part of the account's history once more, and holds it against the stored hashes, the tree's nodes and, where it
 * passes it, the newest signed root. Inside readAccount. For who trusts this server: the verifier at the command line
 * shares nothing with it (docs/audit-log.md §6).
 *
 * @param after the last event that was looked at before; 0 for none
 * @param first 1 to 10,000 events
 * @throws Fault FORBIDDEN without audit/read; BAD_USER_INPUT for another `first`
 */
export async function verifyHistory(
  tx: Database,
  caller: Caller,
  after: Sequence,
  first: number,
): Promise<Verification> {
  requirePermission(caller, 'audit/read')
  if (first < 1 || first > MAX_EVENTS) throw new Fault('BAD_USER_INPUT', `first is 1 to ${MAX_EVENTS}.`)
  const { accountId } = caller
  const newest = await newestCheckpoint(tx, accountId)
  const [sealed, head] = [newest?.size ?? 0, await headOf(tx, accountId)]
  const begin = Math.max(after, (await firstSequenceOf(tx, accountId)) - 1)
  const end = Math.min(head, begin + first)
  let at = begin
  const broken = (sequence: Sequence, reason: string): Verification => ({
    checked: at - begin,
    through: at > begin ? at : null,
    brokenAt: sequence,
    reason,
    complete: false,
  })
  if (head < sealed) return broken(head + 1, `cut: ${sealed} events were signed, and there are ${head}.`)
  let start = begin <= sealed ? await readNodes(tx, accountId, startPlaces(begin)) : []
  while (at < end) {
    const found = await readPart(tx, accountId, at, Math.min(end, at + PART))
    for (const [nth, { sequence, record, hash }] of found.entries()) {
      if (Number(sequence) !== at + nth + 1) return broken(at + nth + 1, `removed: event ${at + nth + 1} is missing.`)
      if (!areSame(hashLeaf(record), hash)) return broken(at + nth + 1, 'edited: the record does not give its hash.')
    }
    if (found.length < Math.min(PART, end - at)) return broken(at + found.length + 1, 'removed: an event is missing.')
    const leaves = found.map(({ hash }) => new Uint8Array(hash)).slice(0, Math.max(0, sealed - at))
    const edge = start.flatMap((hash) => hash ?? [])
    if (leaves.length > 0) {
      if (edge.length < start.length) return broken(at + 1, 'rewritten: nodes of the tree are missing.')
      const grown = addLeaves(at, edge, leaves)
      const stored = await readNodes(tx, accountId, grown.added)
      const changed = grown.added.findIndex(({ hash }, nth) => !isSame(stored[nth], hash))
      const node = grown.added[changed]
      if (node) return broken((node.index + 1) * 2 ** node.level, 'rewritten: the tree was made of another event.')
      start = grown.start
      if (newest && at + leaves.length === sealed && !areSame(foldStart(grown.start), newest.rootHash))
        return broken(sealed, 'rewritten: the events do not give the root that was signed.')
    }
    at += found.length
  }
  return { checked: at - begin, through: at > begin ? at : null, brokenAt: null, reason: null, complete: at >= head }
}

function readPart(tx: Database, accountId: string, after: Sequence, to: Sequence) {
  return rows<{ sequence: string | number; record: string; hash: Uint8Array }>(
    tx,
    sql`select sequence, record, hash from audit_events
      where account_id = ${accountId}::uuid and sequence > ${after} and sequence <= ${to} order by sequence`,
  )
}

function isSame(stored: Hash | null | undefined, hash: Hash): boolean {
  return stored != null && areSame(stored, hash)
}
