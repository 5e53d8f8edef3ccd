import { type SQL, sql } from 'drizzle-orm'
import { type Database, inSystem, rows } from '../database/index.ts'
import type { StoredHistory } from '../verify/index.ts'

const PAGE = 500
const INSTANT = sql.raw(`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`)

/** The rows that the verifier asks for, page by page, across accounts: each page is a transaction of its own. */
export function storedHistory(db: Database): StoredHistory {
  const read = <T extends Record<string, unknown>>(statement: SQL) => inSystem(db, (tx) => rows<T>(tx, statement))
  return {
    async accounts(after) {
      const found = await read<{ account: string; head: string; trimmed: string }>(
        sql`select account_id as account, sequence::text as head, trimmed::text as trimmed from audit_heads
          where ${after}::uuid is null or account_id > ${after}::uuid order by account_id limit ${PAGE}`,
      )
      return found.map(({ account, head, trimmed }) => ({ account, head: Number(head), trimmed: Number(trimmed) }))
    },
    async events(account, after) {
      const found = await read<EventRow>(
        sql`select sequence::text as sequence, record, hash, id::text as id, type, app_id::text as app_id,
            actor_id::text as actor_id, source_ip, to_char(occurred_at at time zone 'UTC', ${INSTANT}) as occurred_at
          from audit_events where account_id = ${account}::uuid and sequence > ${after} order by audit_events.sequence limit ${PAGE}`,
      )
      return found.map(({ sequence, record, hash, id, type, app_id, actor_id, source_ip, occurred_at }) => ({
        sequence: Number(sequence),
        record,
        hash,
        copies: { id, type, appId: app_id, actorId: actor_id, sourceIp: source_ip, occurredAt: occurred_at },
      }))
    },
    async checkpoints(account, after) {
      const found = await read<{ size: string; note: string }>(
        sql`select size::text as size, note from audit_checkpoints
          where account_id = ${account}::uuid and size > ${after} order by audit_checkpoints.size limit ${PAGE}`,
      )
      return found.map(({ size, note }) => ({ size: Number(size), note }))
    },
    async leaves(account, from, to) {
      const found = await read<{ index: string; hash: Uint8Array }>(
        sql`select index::text as index, hash from audit_nodes
          where account_id = ${account}::uuid and level = 0 and index >= ${from} and index < ${to}`,
      )
      return found.map(({ index, hash }) => ({ index: Number(index), hash }))
    },
    async nodes(account, after) {
      const found = await read<NodeRow>(
        sql`select n.level, n.index::text as index, n.hash, l.hash as left, r.hash as right from audit_nodes n
          left join audit_nodes l on l.account_id = n.account_id and l.level = n.level - 1 and l.index = n.index * 2
          left join audit_nodes r on r.account_id = n.account_id and r.level = n.level - 1 and r.index = n.index * 2 + 1
          where n.account_id = ${account}::uuid and (n.level, n.index) > (${after.level}::smallint, ${after.index}::bigint)
          order by n.level, n.index limit ${PAGE}`,
      )
      return found.map((node) => ({ ...node, index: Number(node.index) }))
    },
    async startNodes(account, size) {
      const places = edgeOf(size)
      const found = await read<{ hash: Uint8Array }>(
        sql`select n.hash from audit_nodes n join unnest(${sql.param(places.map(({ level }) => String(level)))}::text[],
            ${sql.param(places.map(({ index }) => String(index)))}::text[]) as edge (level, index)
            on n.level = edge.level::smallint and n.index = edge.index::bigint
          where n.account_id = ${account}::uuid order by n.level desc`,
      )
      return found.map(({ hash }) => hash)
    },
  }
}

/** How many events there are to verify. */
export async function countEvents(db: Database): Promise<number> {
  const [row] = await inSystem(db, (tx) =>
    rows<{ count: string }>(tx, sql`select coalesce(sum(sequence - trimmed), 0)::text as count from audit_heads`),
  )
  return Number(row?.count ?? 0)
}

type EventRow = Record<'sequence' | 'record' | 'id' | 'type' | 'occurred_at', string> &
  Record<'app_id' | 'actor_id' | 'source_ip', string | null> & { hash: Uint8Array }
type NodeRow = { level: number; index: string; hash: Uint8Array; left: Uint8Array | null; right: Uint8Array | null }

/** One node per bit set in the size, largest first. */
function edgeOf(size: number): { level: number; index: number }[] {
  const places: { level: number; index: number }[] = []
  for (let level = 52, at = 0; level >= 0; level -= 1) {
    const width = 2 ** level
    if (at + width > size) continue
    places.push({ level, index: at / width })
    at += width
  }
  return places
}
