import { and, eq } from 'drizzle-orm'
import { type Caller, requirePermission } from '../caller.ts'
import { auditCheckpoints, auditSeals, type Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import type { Sequence } from './event.ts'
import { headOf } from './list-events.ts'
import { newestCheckpoint, readSteps, type StoredCheckpoint } from './stored-tree.ts'
import { consistencySteps, type Hash, inclusionSteps, startPlaces } from './tree.ts'

/** Hashes as RFC 9162 orders them, and the root in which they end. */
export type Proof = { size: Sequence; rootHash: Hash; hashes: Hash[] }

/**
 * The newest signed checkpoint, or the one of a size. Inside readAccount, as the others here.
 * @returns null where nothing of that size was signed, or its checkpoint left with the events
 * @throws Fault FORBIDDEN without audit/read
 */
export async function findCheckpoint(
  tx: Database,
  caller: Caller,
  size: Sequence | null,
): Promise<StoredCheckpoint | null> {
  requirePermission(caller, 'audit/read')
  if (size === null) return newestCheckpoint(tx, caller.accountId)
  const [found] = await tx
    .select()
    .from(auditCheckpoints)
    .where(and(eq(auditCheckpoints.accountId, caller.accountId), eq(auditCheckpoints.size, size)))
  return found ?? null
}

/** How far behind the tree is, and why nothing more is signed, where that is so. @throws Fault FORBIDDEN */
export async function readSeal(tx: Database, caller: Caller) {
  requirePermission(caller, 'audit/read')
  const [seal] = await tx.select().from(auditSeals).where(eq(auditSeals.accountId, caller.accountId))
  return {
    sealedSize: (await newestCheckpoint(tx, caller.accountId))?.size ?? 0,
    headSize: await headOf(tx, caller.accountId),
    problem: seal?.problem ?? null,
  }
}

/**
 * That an event is in the tree of a size (RFC 9162 §2.1.3), 1 ≤ sequence ≤ size ≤ sealed size.
 * @throws Fault FORBIDDEN; BAD_USER_INPUT for other numbers
 */
export async function proveInclusion(tx: Database, caller: Caller, sequence: Sequence, size: Sequence): Promise<Proof> {
  await requireSealed(tx, caller, size)
  if (sequence < 1 || sequence > size) throw new Fault('BAD_USER_INPUT', 'A sequence is 1 up to the size.')
  return readProof(tx, caller, size, inclusionSteps(sequence - 1, size))
}

/**
 * That the tree of a size is the beginning of a later one (RFC 9162 §2.1.4), 0 ≤ fromSize ≤ toSize ≤ sealed size.
 * @throws Fault FORBIDDEN; BAD_USER_INPUT for other numbers
 */
export async function proveConsistency(
  tx: Database,
  caller: Caller,
  fromSize: Sequence,
  toSize: Sequence,
): Promise<Proof> {
  await requireSealed(tx, caller, toSize)
  if (fromSize < 0 || fromSize > toSize) throw new Fault('BAD_USER_INPUT', 'fromSize is 0 up to toSize.')
  return readProof(tx, caller, toSize, consistencySteps(fromSize, toSize))
}

async function requireSealed(tx: Database, caller: Caller, size: Sequence): Promise<void> {
  requirePermission(caller, 'audit/read')
  const sealed = (await newestCheckpoint(tx, caller.accountId))?.size ?? 0
  if (size < 0 || size > sealed)
    throw new Fault('BAD_USER_INPUT', `${sealed} events are sealed: a size is 0 up to that.`)
}

async function readProof(
  tx: Database,
  { accountId }: Caller,
  size: Sequence,
  steps: Parameters<typeof readSteps>[2],
): Promise<Proof> {
  const [rootHash, ...hashes] = await readSteps(tx, accountId, [startPlaces(size), ...steps])
  if (!rootHash) throw new Error('A proof without a root.')
  return { size, rootHash, hashes }
}
