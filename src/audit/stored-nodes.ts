import { sql } from 'drizzle-orm'
import { type Database, rows } from '../database/index.ts'
import { foldStart, type Hash, type Place, type Step } from './tree.ts'

/** The stored hashes of nodes, in the order asked for, in one query. @throws Error where one is missing */
export async function readNodes(tx: Database, accountId: string, places: readonly Place[]): Promise<Hash[]> {
  if (places.length === 0) return []
  const found = await rows<{ nth: number; hash: Uint8Array }>(
    tx,
    sql`select (wanted.nth - 1)::int as nth, n.hash from unnest(
        ${sql.param(places.map(({ level }) => level))}::smallint[], ${sql.param(places.map(({ index }) => String(index)))}::bigint[]
      ) with ordinality as wanted(level, index, nth)
      join audit_nodes n on n.account_id = ${accountId}::uuid and n.level = wanted.level and n.index = wanted.index`,
  )
  const byNth = new Map(found.map(({ nth, hash }) => [nth, new Uint8Array(hash)]))
  return places.map(({ level, index }, nth) => {
    const hash = byNth.get(nth)
    if (!hash) throw new Error(`The node (${level}, ${index}) of the account ${accountId} is missing.`)
    return hash
  })
}

/** The hashes of a proof, in one query. */
export async function readSteps(tx: Database, accountId: string, steps: readonly Step[]): Promise<Hash[]> {
  const nodes = await readNodes(tx, accountId, steps.flat())
  let taken = 0
  return steps.map((step) => {
    taken += step.length
    return foldStart(nodes.slice(taken - step.length, taken))
  })
}
