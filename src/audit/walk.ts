import { type SQL, sql } from 'drizzle-orm'
import { auditEvents, type Database, rows } from '../database/index.ts'
import type { Sequence } from './event.ts'
import type { EventFilter } from './list-events.ts'

/** Rows that one page may look at where several conditions meet: more would be another page's work. */
const MOST_ROWS = 10_000
/** How far each condition's index is looked into, to find the rarest. */
const PROBED_ROWS = 250
const BEHIND_ALL = Number.MAX_SAFE_INTEGER

/** The part of an account's history that is looked through, and in which direction. Both ends are left out. */
export type Walk = { accountId: string; after: Sequence; before: Sequence; backwards: boolean }

/** One condition of a filter. Its events come in order out of an index of its own. */
type Condition = { holds: SQL; along(walk: Walk, columns: SQL): SQL }
const PLACE = sql`sequence`
const WHOLE = sql`sequence, type, app_id, actor_id, source_ip, record, hash`

export type Found = {
  /** In the order walked. */
  events: Pick<typeof auditEvents.$inferSelect, 'record' | 'hash'>[]
  /** Where the look had to stop before the end and before it had found enough. */
  stoppedAt: Sequence | null
}

/**
 * The first events on a walk that match. With one condition it reads as many events as it finds. With several it
 * walks the one that is rarest there, and looks at 10,000 events at most.
 * @param most to be found
 */
export async function findAlong(tx: Database, walk: Walk, filter: EventFilter, most: number): Promise<Found> {
  const conditions = conditionsOf(filter)
  const [rarest = everything, ...others] = await rarestFirst(tx, walk, conditions)
  if (others.length === 0)
    return { events: await rows(tx, sql`${rarest.along(walk, WHOLE)} limit ${most}`), stoppedAt: null }
  const meets = sql.join(
    others.map(({ holds }) => holds),
    sql` and `,
  )
  const events = await rows<Found['events'][number]>(
    tx,
    sql`select record, hash from (${rarest.along(walk, WHOLE)} limit ${MOST_ROWS}) looked_at where ${meets}
      ${inOrder(walk)} limit ${most}`,
  )
  return { events, stoppedAt: events.length < most ? await placeAt(tx, rarest, walk, MOST_ROWS) : null }
}

/**
 * Time never goes back along the history, so a time is a place in it.
 * @returns the places between which the events from `from` on and before `to` lie
 */
export async function placesOf(
  tx: Database,
  accountId: string,
  { from, to }: EventFilter,
): Promise<{ after: Sequence; before: Sequence }> {
  if (from == null && to == null) return { after: 0, before: BEHIND_ALL }
  const firstAt = (at: Date | null | undefined) =>
    at == null
      ? sql`null::bigint`
      : sql`(select sequence from ${auditEvents} where account_id = ${accountId}::uuid
          and occurred_at >= ${at.toISOString()}::timestamptz order by occurred_at, sequence limit 1)`
  type Row = { first: string | number | null; end: string | number | null }
  const [row] = await rows<Row>(tx, sql`select ${firstAt(from)} as first, ${firstAt(to)} as "end"`)
  const first = from == null ? 1 : Number(row?.first ?? BEHIND_ALL)
  return { after: first - 1, before: Number(row?.end ?? BEHIND_ALL) }
}

const everything: Condition = { holds: sql`true`, along: (walk, columns) => eventsWhere(walk, sql`true`, columns) }

function conditionsOf({ types, appId, actorId, sourceIp }: EventFilter): Condition[] {
  const equal = (holds: SQL): Condition => ({ holds, along: (walk, columns) => eventsWhere(walk, holds, columns) })
  return [
    ...(appId == null ? [] : [equal(sql`app_id = ${appId}::uuid`)]),
    ...(actorId == null ? [] : [equal(sql`actor_id = ${actorId}::uuid`)]),
    ...(sourceIp == null ? [] : [equal(sql`source_ip = ${sourceIp}::text`)]),
    ...(types?.length ? [anyOf([...new Set(types)])] : []),
  ]
}

/** Several types are several walks, merged. So that few statements suffice, their number is rounded up, with a type of no event. */
function anyOf(types: string[]): Condition {
  const branches = 2 ** Math.ceil(Math.log2(types.length))
  const padded = [...types, ...Array<string>(branches - types.length).fill('')]
  return {
    holds: sql`type = any(${sql.param(types)}::text[])`,
    along: (walk, columns) => {
      const [only, ...more] = padded.map((type) => eventsWhere(walk, sql`type = ${type}::text`, columns))
      if (only && more.length === 0) return only
      const each = [only, ...more].map((events) => sql`(${events})`)
      return sql`select ${columns} from (${sql.join(each, sql` union all `)}) merged ${inOrder(walk)}`
    },
  }
}

function eventsWhere(walk: Walk, condition: SQL, columns: SQL): SQL {
  return sql`select ${columns} from ${auditEvents} where account_id = ${walk.accountId}::uuid and ${condition}
    and sequence > ${walk.after}::bigint and sequence < ${walk.before}::bigint ${inOrder(walk)}`
}

function inOrder({ backwards }: Walk): SQL {
  return backwards ? sql`order by sequence desc` : sql`order by sequence`
}

/** One look into the index of each: the rarest is the one whose 250th place lies farthest along, or does not exist. */
async function rarestFirst(tx: Database, walk: Walk, conditions: Condition[]): Promise<Condition[]> {
  if (conditions.length < 2) return conditions
  const reached: [Condition, number][] = []
  for (const condition of conditions) {
    const place = await placeAt(tx, condition, walk, PROBED_ROWS)
    const distance = walk.backwards ? walk.before - (place ?? -1) : (place ?? BEHIND_ALL) - walk.after
    reached.push([condition, distance])
  }
  return reached.sort(([, one], [, other]) => other - one).map(([condition]) => condition)
}

async function placeAt(tx: Database, { along }: Condition, walk: Walk, nth: number): Promise<Sequence | null> {
  const [row] = await rows<{ sequence: string | number }>(tx, sql`${along(walk, PLACE)} limit 1 offset ${nth - 1}`)
  return row ? Number(row.sequence) : null
}
