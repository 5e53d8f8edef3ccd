import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { type EventFilter, listEvents, type Sequence } from '../src/audit/index.ts'
import { type Caller, systemCaller } from '../src/caller.ts'
import { accounts, connectPostgres, type Database, inSystem, readAccount, rows } from '../src/database/index.ts'
import type { PageRequest } from '../src/page.ts'
import { fillDatabase } from './support/clients.ts'
import { median } from './support/numbers.ts'
import { createScratchDatabase } from './support/scratch-database.ts'

const EVENTS = 10_000_000
const SMALL = 10_000
/** A transaction each, so that what it costs is told on the way. */
const CHUNK = 100_000
const LOOKS = 15
const [APP, ACTOR, IP] = ['0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01', '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c02', '203.0.113.7']
const START = Date.parse('2020-01-01T00:00:00.000Z')

/**
 * What pages of the history read, in blocks and milliseconds, in an account of 10,000,000 events and in one of 10,000
 * beside it. The blocks are the database's own count, with every plan settled; they tell whether a page grows with its account.
 * @param size another number of events for the large account: `npm run bench -- history 1000000`
 */
export async function benchHistory(size?: string): Promise<void> {
  const events = Number(size ?? EVENTS)
  await using database = await createScratchDatabase()
  await fillDatabase(database.url, 1)
  const maker = postgres(database.url, { max: 1, onnotice: () => {} })
  await using _maker = { [Symbol.asyncDispose]: () => maker.end() }
  const { db, close } = connectPostgres(database.url, { max: 1 })
  await using _db = { [Symbol.asyncDispose]: close }
  const [large] = await inSystem(db, (tx) => tx.select().from(accounts))
  const small = crypto.randomUUID()
  await maker`insert into accounts (id, name, created_at) values (${small}, 'Small', now())`
  await maker`insert into audit_heads (account_id, occurred_at) values (${small}, now())`
  const callerOf = (id: string): Caller => ({ ...systemCaller(id), permissions: new Set(['audit/read']) })
  const [inLarge, inSmall] = [callerOf(large?.id ?? ''), callerOf(small)]
  await maker`delete from audit_events`
  await fill(maker, inSmall.accountId, SMALL)
  await fill(maker, inLarge.accountId, events)
  await maker`vacuum (analyze) audit_events`

  process.stdout.write(`\npages of 20 of ${events} events, and of ${SMALL}: blocks, median milliseconds of ${LOOKS}\n`)
  for (const [name, filterOf] of Object.entries(filters))
    for (const [place, requestOf] of Object.entries(places)) {
      const [one, other] = [
        await look(db, inLarge, filterOf(events), requestOf(events)),
        await look(db, inSmall, filterOf(SMALL), requestOf(SMALL)),
      ]
      const line = `${`${name}, ${place}`.padEnd(48)}${one.blocks} (${one.ms.toFixed(1)} ms)`.padEnd(72)
      process.stdout.write(`${line}${other.blocks} (${other.ms.toFixed(1)} ms)\n`)
    }
}

const at = (second: number) => new Date(START + second * 1000)
const filters: Record<string, (count: number) => EventFilter> = {
  'no filter': () => ({}),
  'a type': () => ({ types: ['SIGNED_IN'] }),
  'three types': () => ({ types: ['SIGNED_IN', 'APP_UPDATED', 'SECRET_ROTATED'] }),
  'a type that stands once': () => ({ types: ['ACCOUNT_CREATED'] }),
  'an app': () => ({ appId: APP }),
  'an actor': () => ({ actorId: ACTOR }),
  'an address': () => ({ sourceIp: IP }),
  'an hour': (count) => ({ from: at(count / 2), to: at(count / 2 + 3600) }),
  'an app, for an hour': (count) => ({ appId: APP, from: at(count / 2), to: at(count / 2 + 3600) }),
  'an app and an address': () => ({ appId: APP, sourceIp: IP }),
  'a type and an actor that never meet': () => ({ types: ['SIGNED_IN'], actorId: ACTOR }),
}
const places: Record<string, (count: number) => PageRequest<Sequence>> = {
  oldest: () => ({ first: 20 }),
  newest: () => ({ last: 20 }),
  'in the middle': (count) => ({ first: 20, after: count / 2 }),
}

async function look(db: Database, caller: Caller, filter: EventFilter, request: PageRequest<Sequence>) {
  const fetched = sql`select sum(pg_stat_get_xact_blocks_fetched(oid))::int as blocks from pg_class where relname like 'audit_events%'`
  const times: number[] = []
  let blocks = 0
  for (let done = 0; done < LOOKS; done += 1)
    await readAccount(db, caller.accountId, async (tx) => {
      const [before] = await rows<{ blocks: number }>(tx, fetched)
      const begun = performance.now()
      await listEvents(tx, caller, filter, request)
      times.push(performance.now() - begun)
      const [after] = await rows<{ blocks: number }>(tx, fetched)
      blocks = (after?.blocks ?? 0) - (before?.blocks ?? 0)
    })
  return { blocks, ms: median(times) }
}

/** One event a second, of records about as long as real ones. */
async function fill(maker: postgres.Sql, accountId: string, count: number): Promise<void> {
  for (let from = 1; from <= count; from += CHUNK) {
    await maker`insert into audit_events (account_id, sequence, id, type, app_id, actor_id, source_ip, occurred_at, record, hash)
      select ${accountId}::uuid, n, gen_random_uuid(),
        case when n = 1 then 'ACCOUNT_CREATED' else (array['SIGNED_IN', 'APP_UPDATED', 'SECRET_ROTATED', 'APP_CREATED'])[1 + n % 4] end,
        case when n % 70 = 0 then ${APP}::uuid when n % 2 = 0 then gen_random_uuid() end,
        case when n % 4 = 1 then ${ACTOR}::uuid else gen_random_uuid() end,
        case when n % 50 = 0 then ${IP} else '2001:db8::' || n % 1000 end,
        to_timestamp(${START / 1000}::bigint + n),
        '{"accountId":"' || ${accountId}::text || '","actor":{"id":null,"name":"x","type":"SYSTEM"},"occurredAt":"2026-01-01T00:00:00.000Z","gracePeriod":null,"secretExpiresAt":null,"sequence":' || n || ',"filler":"' || repeat('x', 400) || '"}',
        decode(repeat('00', 32), 'hex')
      from generate_series(${from}::bigint, ${Math.min(count, from + CHUNK - 1)}::bigint) n`
    process.stdout.write(`\r${Math.min(count, from + CHUNK - 1)} of ${count} events written`)
  }
  await maker`update audit_heads set sequence = ${count} where account_id = ${accountId}`
}
