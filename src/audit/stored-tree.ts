import { desc, eq, sql } from 'drizzle-orm'
import { auditCheckpoints, type Database, rows } from '../database/index.ts'
import { foldStart, type Hash, type Node, type Place, type Step } from './tree.ts'

/** A stored checkpoint: the signed note, and copies of what it says. */
export type StoredCheckpoint = Omit<typeof auditCheckpoints.$inferSelect, 'accountId'>

/** The account's newest checkpoint; null before the first. */
export async function newestCheckpoint(tx: Database, accountId: string): Promise<StoredCheckpoint | null> {
  const [newest] = await tx
    .select()
    .from(auditCheckpoints)
    .where(eq(auditCheckpoints.accountId, accountId))
    .orderBy(desc(auditCheckpoints.size))
    .limit(1)
  return newest ?? null
}

/** The stored hashes of nodes, in the order asked for; null for one that is not there. */
export async function readNodes(tx: Database, accountId: string, places: readonly Place[]): Promise<(Hash | null)[]> {
  if (places.length === 0) return []
  const found = await rows<{ level: number; index: string | number; hash: Uint8Array }>(
    tx,
    // The casts stand apart: in the condition itself they would keep row-level security from using the index, and a proof
    // would read every node of the account.
    sql`with asked as materialized (
        select level::smallint, index::bigint
        from unnest(${sql.param(places.map(({ level }) => String(level)))}::text[],
          ${sql.param(places.map(({ index }) => String(index)))}::text[]) as given (level, index))
      select n.level, n.index, n.hash from asked cross join lateral (
        select level, index, hash from audit_nodes
        where account_id = ${accountId}::uuid and level = asked.level and index = asked.index limit 1) as n`,
  )
  const at = new Map(found.map(({ level, index, hash }) => [`${level}.${index}`, new Uint8Array(hash)]))
  return places.map(({ level, index }) => at.get(`${level}.${index}`) ?? null)
}

/** The hashes of a proof, out of at most 2·log₂ of its size nodes. @throws Error where one is missing */
export async function readSteps(tx: Database, accountId: string, steps: readonly Step[]): Promise<Hash[]> {
  const nodes = await readNodes(tx, accountId, steps.flat())
  let read = 0
  return steps.map((step) => {
    const hashes = nodes.slice(read, read + step.length)
    read += step.length
    return foldStart(hashes.map(requireNode))
  })
}

/** Nodes are written once; one that is there already is a mistake, and fails. */
export async function writeNodes(tx: Database, accountId: string, nodes: readonly Node[]): Promise<void> {
  const texts = (of: (node: Node) => string) => sql.param(nodes.map(of))
  await tx.execute(
    sql`insert into audit_nodes (account_id, level, index, hash)
      select ${accountId}::uuid, level::smallint, index::bigint, decode(hash, 'hex')
      from unnest(${texts(({ level }) => String(level))}::text[], ${texts(({ index }) => String(index))}::text[],
        ${texts(({ hash }) => Buffer.from(hash).toString('hex'))}::text[]) as added (level, index, hash)`,
  )
}

function requireNode(hash: Hash | null): Hash {
  if (!hash) throw new Error('A node of the audit tree is missing.')
  return hash
}
