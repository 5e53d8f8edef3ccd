import { sql } from 'drizzle-orm'
import { type Database, rows } from '../database/index.ts'
import type { Sequence } from './event.ts'

/** An event as it is stored, as far as its proof is concerned. */
export type StoredEvent = { sequence: Sequence; record: string; hash: Uint8Array; occurredAt: Date }

/** What is held in memory of a history at once; an event more where it is larger than that by itself. */
const MAX_BYTES = 8_388_608

/** The first events behind `after` and up to `until`, at most so many, and no more than 8 MiB: at least one, if there is one. */
export async function readBatch(
  tx: Database,
  accountId: string,
  after: Sequence,
  until: Sequence,
  most: number,
): Promise<StoredEvent[]> {
  const found = await rows<{ sequence: string | number; record: string; hash: Uint8Array; occurred_at: string }>(
    tx,
    sql`select sequence, record, hash, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at
      from (
        select *, sum(octet_length(record)) over (order by sequence) as bytes, row_number() over (order by sequence) as nth
        from (
          select sequence, record, hash, occurred_at from audit_events
          where account_id = ${accountId}::uuid and sequence > ${after} and sequence <= ${until}
          order by sequence limit ${most}) as next
      ) as measured
      where bytes <= ${MAX_BYTES} or nth = 1 order by sequence`,
  )
  return found.map(({ sequence, record, hash, occurred_at }) => ({
    sequence: Number(sequence),
    record,
    hash,
    occurredAt: new Date(occurred_at),
  }))
}
