import { eq, sql } from 'drizzle-orm'
import {
  auditCheckpoints,
  auditHeads,
  auditSeals,
  type Database,
  databaseNow,
  inSealer,
  rows,
} from '../database/index.ts'
import type { Wrapping } from '../keys/index.ts'
import { openSigner, type Signer } from './audit-keys.ts'
import type { Sequence } from './event.ts'
import { checkpointText, isSignedBy, originPrefixOf, readCheckpoint, signNote } from './note.ts'
import { readBatch, type StoredEvent } from './read-batch.ts'
import { newestCheckpoint, readNodes, type StoredCheckpoint, writeNodes } from './stored-tree.ts'
import { addLeaves, areSame, foldStart, type Hash, hashLeaf, startPlaces } from './tree.ts'

/** Any number, the same in every gateway: who holds it seals. */
const SEAL_LOCK = 7213
/** Of one transaction, so that it ends well within its time: what is more is sealed in further ones. */
const MAX_EVENTS = 1000

/** Why nothing is signed; it begins with a finding's name (docs/audit-log.md §6). */
export class SealProblem extends Error {
  override readonly name = 'SealProblem'
}

/** The largest signed root that this process has seen of an account: what the database may not go back behind. */
export type Seen = { size: Sequence; rootHash: Hash }
export type Sealing = { wrapping: Wrapping; publicUrl: string }
export type Sealed = { size: Sequence; added: number; rootHash: Hash; note: string | null; more: boolean }

/**
 * Signs what an account's history has grown by, one batch of it, in one transaction: verifies first that the history
 * extends what was signed (docs/audit-log.md §4). Of many gateways one seals at a time.
 *
 * @param seen what this process remembers of the account; null for nothing
 * @returns null where another gateway is sealing; `note` is null where there was nothing to sign
 * @throws SealProblem where the history does not extend what was signed: then nothing is signed
 */
export function sealAccount(
  db: Database,
  sealing: Sealing,
  accountId: string,
  seen: Seen | null,
): Promise<Sealed | null> {
  return inSealer(db, async (tx) => {
    const [lock] = await rows<{ mine: boolean }>(
      tx,
      sql`select pg_try_advisory_xact_lock(${sql.raw(String(SEAL_LOCK))}) as mine`,
    )
    if (!lock?.mine) return null
    const signer = await openSigner(tx, sealing.wrapping)
    if (!signer)
      throw new SealProblem(
        'key-unknown: the key that signed before is lost. npm run audit -- new-key --without-handover makes another.',
      )
    const last = await newestCheckpoint(tx, accountId)
    const size = last?.size ?? 0
    const start = await readStart(tx, accountId, size)
    if (last) requireSigned(accountId, signer, last, foldStart(start))
    if (seen) requireNoRollback(seen, size, start)
    const [head] = await tx.select().from(auditHeads).where(eq(auditHeads.accountId, accountId))
    const headSize = head?.sequence ?? 0
    if (headSize < size) throw new SealProblem(`cut: ${size} events were signed, and there are ${headSize}.`)

    const events = await readBatch(tx, accountId, size, Number.MAX_SAFE_INTEGER, MAX_EVENTS)
    const leaves = events.map((event, nth) => requireLeaf(accountId, event, size + nth + 1))
    if (leaves.length === 0) {
      if (headSize > size) throw new SealProblem(`removed: event ${size + 1} is missing.`)
      await requireNewestEvent(tx, accountId, size)
      await rememberSealed(tx, accountId, size)
      return { size, added: 0, rootHash: foldStart(start), note: null, more: false }
    }
    const grown = addLeaves(size, start, leaves)
    await writeNodes(tx, accountId, grown.added)
    const newSize = size + leaves.length
    const rootHash = foldStart(grown.start)
    const times = [await databaseNow(tx), last?.signedAt ?? new Date(0), events.at(-1)?.occurredAt ?? new Date(0)]
    const time = new Date(Math.max(...times.map((each) => each.getTime())))
    const origin = originPrefixOf(sealing.publicUrl) + accountId
    const note = signNote(checkpointText({ origin, size: newSize, rootHash, time }), origin, [signer.key])
    await tx.insert(auditCheckpoints).values({ accountId, size: newSize, rootHash, signedAt: time, note })
    await rememberSealed(tx, accountId, newSize)
    return { size: newSize, added: leaves.length, rootHash, note, more: newSize < headSize }
  })
}

/** Says on every gateway why nothing was signed. @returns whether that is news */
export function rememberProblem(db: Database, accountId: string, problem: string): Promise<boolean> {
  return inSealer(db, async (tx) => {
    const [known] = await tx.select().from(auditSeals).where(eq(auditSeals.accountId, accountId))
    if (known?.problem === problem) return false
    const values = { accountId, size: 0, problem }
    await tx.insert(auditSeals).values(values).onConflictDoUpdate({ target: auditSeals.accountId, set: { problem } })
    return true
  })
}

async function rememberSealed(tx: Database, accountId: string, size: number): Promise<void> {
  const set = { size, problem: null }
  await tx
    .insert(auditSeals)
    .values({ accountId, ...set })
    .onConflictDoUpdate({ target: auditSeals.accountId, set })
  await tx.execute(sql`select mark_sealed(${accountId}::uuid, ${size}::bigint)`)
}

async function readStart(tx: Database, accountId: string, size: number): Promise<Hash[]> {
  const nodes = await readNodes(tx, accountId, startPlaces(size))
  return nodes.map((node) => {
    if (!node) throw new SealProblem(`rewritten: nodes of the first ${size} events are missing.`)
    return node
  })
}

function requireSigned(accountId: string, { trusted }: Signer, { size, rootHash, note }: StoredCheckpoint, root: Hash) {
  const read = readCheckpoint(note)
  if (read?.size !== size || !areSame(read.rootHash, rootHash) || !read.origin.endsWith(`/audit/${accountId}`))
    throw new SealProblem(`malformed: the checkpoint of size ${size} is not what was signed.`)
  if (!trusted.some((key) => isSignedBy(note, read.origin, key)))
    throw new SealProblem(`key-unknown: no key of ours has signed the checkpoint of size ${size}.`)
  if (!areSame(rootHash, root))
    throw new SealProblem(`rewritten: the first ${size} events do not give the root that was signed.`)
}

function requireNoRollback(seen: Seen, size: number, start: readonly Hash[]): void {
  if (size < seen.size)
    throw new SealProblem(`rolled-back: ${seen.size} events were signed, and the newest checkpoint has ${size}.`)
  if (size === seen.size && !areSame(foldStart(start), seen.rootHash))
    throw new SealProblem(`split-view: two roots were signed for ${size} events.`)
}

function requireLeaf(accountId: string, { sequence, record, hash }: StoredEvent, expected: number): Hash {
  if (sequence !== expected) throw new SealProblem(`removed: event ${expected} is missing.`)
  const leaf = hashLeaf(record)
  if (!areSame(leaf, hash)) throw new SealProblem(`edited: the record of event ${expected} does not give its hash.`)
  const said = membersOf(record)
  if (said?.accountId !== accountId) throw new SealProblem(`inserted: event ${expected} is not of this account.`)
  if (said.sequence !== expected) throw new SealProblem(`swapped: event ${expected} says that it is ${said.sequence}.`)
  return leaf
}

/** Where nothing is new, the last event that was signed has to be there all the same. */
async function requireNewestEvent(tx: Database, accountId: string, size: number): Promise<void> {
  if (size === 0) return
  const [newest] = await rows(
    tx,
    sql`select 1 from audit_events where account_id = ${accountId}::uuid and sequence = ${size}`,
  )
  if (!newest) throw new SealProblem(`cut: ${size} events were signed, and the last of them is missing.`)
}

function membersOf(record: string): { accountId?: unknown; sequence?: unknown } | null {
  try {
    return JSON.parse(record)
  } catch {
    return null
  }
}
