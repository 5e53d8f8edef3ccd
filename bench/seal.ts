import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import pino from 'pino'
import postgres from 'postgres'
import {
  createSealer,
  type ExportRequest,
  exportHistory,
  openSigner,
  originPrefixOf,
  planExport,
  publishedKeys,
  readKeys,
} from '../src/audit/index.ts'
import { connectPostgres, type Database, inSystem } from '../src/database/index.ts'
import { openWorkingKeys } from '../src/keys/index.ts'
import { createFindings, parseKeyFile, trustKeys, verifyExport } from '../src/verify/index.ts'
import { fillDatabase } from './support/clients.ts'
import { createScratchDatabase } from './support/scratch-database.ts'

const EVENTS = 1_000_000
const PARTS = 10
const PUBLIC_URL = 'https://chatelaine.example.com'
const WHOLE: ExportRequest = { format: 'ndjson', after: null, until: null, proofFrom: null }

/**
 * What an event costs to seal, to export and to verify, in each tenth of a history of 1,000,000 events, and the memory
 * of this process meanwhile: neither may grow with the history.
 * @param size another number of events: `npm run bench -- seal 100000`
 */
export async function benchSeal(size?: string): Promise<void> {
  const part = Math.ceil(Number(size ?? EVENTS) / PARTS)
  await using database = await createScratchDatabase()
  await fillDatabase(database.url, 1)
  const maker = postgres(database.url, { max: 1, onnotice: () => {} })
  await using _maker = { [Symbol.asyncDispose]: () => maker.end() }
  const { db, close } = connectPostgres(database.url)
  await using _db = { [Symbol.asyncDispose]: close }
  const account = crypto.randomUUID()
  await maker`insert into accounts (id, name, created_at) values (${account}, 'Bench', now())`
  await maker`insert into audit_heads (account_id, occurred_at) values (${account}, now())`
  await maker`delete from keys`
  await maker`delete from audit_keys`
  const wrapping = { current: new Uint8Array(32), previous: null }
  await openWorkingKeys(db, wrapping, { algorithm: 'ES256', rotation: 2_592_000 })
  const sealer = createSealer(db, { wrapping, publicUrl: PUBLIC_URL }, pino({ level: 'silent' }), null)
  await using _sealer = { [Symbol.asyncDispose]: sealer.close }
  const folder = await mkdtemp(join(tmpdir(), 'chatelaine-bench-'))
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }

  process.stdout.write(`sealing ${part * PARTS} events, a tenth at a time\n`)
  for (let done = 0; done < part * PARTS; done += part) {
    await fill(maker, account, done, part)
    tell(`events ${done + 1} to ${done + part}`, part, await seconds(() => sealer.sealNow(account)))
  }
  const file = join(folder, 'export.ndjson')
  tell('exported', part * PARTS, await seconds(() => writeExport(db, account, file)))
  const keys = await inSystem(db, async (tx) =>
    publishedKeys(PUBLIC_URL, await openSigner(tx, wrapping), await readKeys(tx)),
  )
  const findings = createFindings()
  const trusted = trustKeys([], parseKeyFile(JSON.stringify(keys)))
  const before = process.cpuUsage()
  const wall = await seconds(async () => void (await verifyExport(file, new Map(), trusted, findings)))
  const { user, system } = process.cpuUsage(before)
  tell('verified, by the clock', part * PARTS, wall)
  tell('verified, by processor time', part * PARTS, (user + system) / 1e6)
  if (findings.exitCode() !== 0) throw new Error(JSON.stringify(findings.all()))
}

/** Events of a usual size, with their hashes, as append_event writes them. */
async function fill(maker: postgres.Sql, account: string, done: number, count: number): Promise<void> {
  await maker`
    insert into audit_events (account_id, sequence, id, type, app_id, actor_id, source_ip, occurred_at, record, hash)
    select ${account}, s, id, 'SIGNED_IN', null, ${account}, '203.0.113.7', at, record, sha256('\\x00'::bytea || convert_to(record, 'UTF8'))
    from (select s, id, at, '{"accountId":"' || ${account}::text || '","actor":{"id":"' || ${account}::text
      || '","name":"ada@example.com","type":"USER"},"appId":null,"attempts":null,"changes":[],"gracePeriod":null,"graceStarts":null,"id":"'
      || id || '","occurredAt":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","requestId":"' || id
      || '","resourceId":"' || id || '","resourceName":"ada@example.com","resourceType":"Session","secretExpiresAt":null,"secretHint":null,"secretId":null,"sequence":'
      || s || ',"source":"CONSOLE","sourceIp":"203.0.113.7","type":"SIGNED_IN","userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0","v":1}' as record
      from (select s, gen_random_uuid() as id, timestamptz '2026-01-01' + s * interval '1 millisecond' as at
        from generate_series(${done + 1}::bigint, ${done + count}::bigint) s) as made) as records`
  await maker`update audit_heads set sequence = ${done + count}, occurred_at = timestamptz '2026-01-01' + ${done + count} * interval '1 millisecond'
    where account_id = ${account}`
}

async function writeExport(db: Database, account: string, file: string): Promise<void> {
  const plan = await planExport(db, account, WHOLE, originPrefixOf(PUBLIC_URL))
  const out = createWriteStream(file)
  for await (const piece of exportHistory(db, account, WHOLE, plan))
    if (!out.write(piece)) await new Promise((done) => out.once('drain', done))
  out.end()
  await finished(out)
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function tell(what: string, events: number, took: number): void {
  const rate = Math.round(events / took).toLocaleString('en')
  const megabytes = Math.round(process.memoryUsage().rss / 1e6)
  process.stdout.write(`${what.padEnd(32)}${rate.padStart(10)} events/s  ${megabytes} MB resident\n`)
}
