import { randomUUID } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { type AuditEventType, type EventFilter, listEvents, type Sequence } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { connectPostgres, type Database, readAccount, rows } from '../../src/database/index.ts'
import type { PageRequest } from '../../src/page.ts'
import { startDoors } from '../http/doors.ts'
import { expect, newAccount, test } from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'

const [SMALL, BIG] = [10_000, 100_000]
/** Within what a statement may take, also on a slow machine. */
const CHUNK = 5000
const START = Date.parse('2026-01-01T00:00:00.000Z')
const [app, goneApp, rareApp, actor] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
const IP = '203.0.113.7'
const FREQUENT: AuditEventType[] = ['SIGNED_IN', 'APP_UPDATED', 'SECRET_ROTATED']

/** As the owner of the tables: no role of the gateway's own changes the history. */
function asMaker(db: Database, ...statements: SQL[]): Promise<void> {
  return db.transaction(async (tx) => {
    for (const statement of [sql`set local role none`, ...statements]) await tx.execute(statement)
  })
}

/** A history of so many events, one a second, in which the filters below find some early, some late, some everywhere. */
async function fill(db: Database, { accountId }: Caller, count: number): Promise<void> {
  for (let from = 1; from <= count; from += CHUNK)
    await asMaker(
      db,
      sql`insert into audit_events (account_id, sequence, id, type, app_id, actor_id, source_ip, occurred_at, record, hash)
      select ${accountId}::uuid, n, gen_random_uuid(),
        case when n = 1 then 'ACCOUNT_CREATED' else (array['SIGNED_IN', 'APP_UPDATED', 'SECRET_ROTATED', 'APP_CREATED'])[1 + n % 4] end,
        case when n = 5 then ${rareApp}::uuid when n <= ${count}::bigint / 10 then ${goneApp}::uuid when n % 7 = 0 then ${app}::uuid end,
        case when n % 4 = 1 then ${actor}::uuid else gen_random_uuid() end,
        case when n % 5 = 0 then ${IP} when n % 5 = 1 then null else '2001:db8::' || n % 1000 end,
        to_timestamp(${START / 1000}::bigint + n),
        '{"accountId":"' || ${accountId}::text || '","actor":{"id":null,"name":"x","type":"SYSTEM"},"occurredAt":"2026-01-01T00:00:00.000Z","gracePeriod":null,"secretExpiresAt":null,"sequence":' || n || ',"filler":"' || repeat('x', 500) || '"}',
        decode(repeat('00', 32), 'hex')
      from generate_series(${from}::bigint, ${Math.min(count, from + CHUNK - 1)}::bigint) n`,
    )
  await asMaker(db, sql`update audit_heads set sequence = ${count} where account_id = ${accountId}::uuid`)
}

const at = (second: number) => new Date(START + second * 1000)
/** Filters whose events stand everywhere, or in one end of the history alone, each alone and with a time. */
function filtersOf(count: number): Record<string, EventFilter> {
  const alone: Record<string, EventFilter> = {
    none: {},
    'a frequent type': { types: ['SIGNED_IN'] },
    'three frequent types': { types: FREQUENT },
    'a rare type': { types: ['ACCOUNT_CREATED'] },
    'a rare type and one that never was': { types: ['ACCOUNT_CREATED', 'AUDIT_TRIMMED'] },
    'an app': { appId: app },
    'an app of the beginning': { appId: goneApp },
    'an app with one event': { appId: rareApp },
    'an app of nobody': { appId: randomUUID() },
    'an actor': { actorId: actor },
    'an address': { sourceIp: IP },
  }
  const all = { ...alone }
  for (const [name, filter] of Object.entries(alone)) {
    all[`${name}, from the middle on`] = { ...filter, from: at(count / 2) }
    all[`${name}, until the middle`] = { ...filter, to: at(count / 2) }
    all[`${name}, for an hour`] = { ...filter, from: at(count / 3), to: at(count / 3 + 3600) }
  }
  return all
}
function placesOf(count: number): PageRequest<Sequence>[] {
  const middle = count / 2
  return [
    { first: 20 },
    { first: 20, after: middle },
    { last: 20 },
    { last: 20, before: middle },
    { first: 20, after: count },
  ]
}

/** Blocks of the table and its indexes that the page asked for; the last of several looks, when its plan is settled. */
async function blocksOf(db: Database, caller: Caller, filter: EventFilter, request: PageRequest<Sequence>) {
  const fetched = sql`select sum(pg_stat_get_xact_blocks_fetched(oid))::int as blocks from pg_class where relname like 'audit_events%'`
  let blocks = 0
  for (let look = 0; look < 7; look += 1)
    blocks = await readAccount(db, caller.accountId, async (tx) => {
      const [before] = await rows<{ blocks: number }>(tx, fetched)
      await listEvents(tx, caller, filter, request)
      const [after] = await rows<{ blocks: number }>(tx, fetched)
      return (after?.blocks ?? 0) - (before?.blocks ?? 0)
    })
  return blocks
}

test.runIf(inject('engine') === 'postgres')(
  'a page of 100,000 events reads no more blocks than one of 10,000',
  {
    timeout: 240_000,
  },
  async ({ db, databaseUrl }) => {
    const [small, big] = [await newAccount(db), await newAccount(db)]
    await fill(db, small, SMALL)
    await fill(db, big, BIG)
    await db.transaction(async (tx) => {
      await tx.execute(sql`set local role none`)
      await tx.execute(sql`analyze audit_events`)
    })
    const one = connectPostgres(databaseUrl ?? '', { max: 1 }) // one session, whose plans are kept
    await using _closing = { [Symbol.asyncDispose]: one.close }
    const dear: string[] = []
    const filters = { small: filtersOf(SMALL), big: filtersOf(BIG) }
    for (const name of Object.keys(filters.small))
      for (const [index, place] of placesOf(SMALL).entries()) {
        const inSmall = await blocksOf(one.db, small, filters.small[name] ?? {}, place)
        const inBig = await blocksOf(one.db, big, filters.big[name] ?? {}, placesOf(BIG)[index] ?? {})
        // An index of ten times as many rows may be one level higher, for each look into it.
        if (inBig > inSmall + 16 || inBig > 120) dear.push(`${name}, ${JSON.stringify(place)}: ${inSmall} and ${inBig}`)
      }
    expect(dear).toEqual([])

    // Where several conditions meet, a page looks at 10,000 events at most, along the rarest.
    const meeting: EventFilter[] = [
      { appId: app, sourceIp: IP },
      { appId: goneApp, types: FREQUENT, from: at(BIG / 2) },
      { appId: rareApp, actorId: actor, types: FREQUENT },
      { types: ['SIGNED_IN'], actorId: randomUUID(), sourceIp: IP },
      { types: ['ACCOUNT_CREATED'], sourceIp: IP },
      { actorId: actor, sourceIp: '203.0.113.99' },
    ]
    for (const filter of meeting)
      for (const place of placesOf(BIG))
        expect(await blocksOf(one.db, big, filter, place), JSON.stringify({ filter, place })).toBeLessThan(600)
    const never: EventFilter = { types: ['SIGNED_IN'], actorId: actor } // each of every fourth event, and never the same
    for (const place of [{ first: 20 }, { last: 20 }]) {
      const blocks = await blocksOf(one.db, big, never, place)
      expect(blocks).toBeGreaterThan(500)
      expect(blocks).toBeLessThan(12_000)
    }
  },
)

const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String, $actor: ID) {
  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: { types: [SIGNED_IN], actorId: $actor }) {
    edges { node { sequence } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
type PageInfo = Record<'hasNextPage' | 'hasPreviousPage', boolean> & Record<'startCursor' | 'endCursor', string | null>
type Answer = { auditEvents: { edges: { node: { sequence: number } }[]; pageInfo: PageInfo } }

test('where a page had to stop early it is short, and goes on from its own cursor, to the end', {
  timeout: 240_000,
}, async ({ db, owner, instance }) => {
  await fill(db, owner, 90_000)
  // The only two that match stand beyond the first 10,000 that are looked at.
  await asMaker(
    db,
    sql`update audit_events set actor_id = ${actor}::uuid
    where account_id = ${owner.accountId}::uuid and sequence in (48, 72000)`,
  )
  await using doors = await startDoors(db, instance)
  const token = await doors.watcherToken(owner)
  const walk = async (forward: boolean) => {
    const pages: number[][] = []
    const variables: Record<string, unknown> = { actor: Buffer.from(`User:${actor}`).toString('base64') }
    for (let more = true; more; ) {
      Object.assign(variables, forward ? { first: 1 } : { last: 1 })
      const { body } = await postGraphQL<Answer>(doors.url, QUERY, variables, token)
      const { edges = [], pageInfo } = body.data?.auditEvents ?? {}
      pages.push(edges.map(({ node }) => node.sequence))
      more = (forward ? pageInfo?.hasNextPage : pageInfo?.hasPreviousPage) ?? false
      Object.assign(variables, forward ? { after: pageInfo?.endCursor } : { before: pageInfo?.startCursor })
      expect(pages.length).toBeLessThan(20)
    }
    return pages
  }
  const forwards = await walk(true)
  expect(forwards.flat()).toEqual([48, 72_000])
  expect(forwards.filter(({ length }) => length === 0).length).toBeGreaterThan(0)
  const backwards = await walk(false)
  expect(backwards.flat()).toEqual([72_000, 48])
  expect(backwards.filter(({ length }) => length === 0).length).toBeGreaterThan(0)
})
