import { createHash, randomUUIDv7 } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { type AuditEventType, type Change, type Json, recordEvent } from '../../src/audit/index.ts'
import type { Actor, AuditSource, Caller } from '../../src/caller.ts'
import { type Database, databaseNow, inAccount } from '../../src/database/index.ts'
import { parseDuration } from '../../src/duration.ts'
import { allEvents, describe, expect, peek, test } from '../support/index.ts'
import vectors from './vectors.json' with { type: 'json' }
import { writeEvents } from './write-events.ts'

type Stored = { sequence: string | number; record: string; hash: Uint8Array }
type VectorRecord = Record<'id' | 'accountId' | 'occurredAt' | 'resourceType' | 'resourceId', string> & {
  type: AuditEventType
  actor: Actor
  appId: string | null
  resourceName: string | null
  changes: Change[]
  gracePeriod: string | null
  graceStarts: 'NOW' | 'FIRST_USE' | null
  secretId: string | null
  secretHint: string | null
  secretExpiresAt: string | null
  attempts: number | null
  source: AuditSource
  sourceIp: string | null
  userAgent: string | null
  requestId: string | null
}

const storedBy = (db: Database, { accountId }: Caller) =>
  peek<Stored>(
    db,
    `select sequence, record, hash from audit_events where account_id = '${accountId}' order by sequence`,
  )
const leafHash = (record: string) => createHash('sha256').update('\0').update(record).digest('hex')

function writeVector(db: Database, owner: Caller, event: VectorRecord): Promise<number> {
  const { source, sourceIp: ip, userAgent, requestId } = event
  const caller: Caller = { ...owner, actor: event.actor, origin: { source, ip, userAgent, requestId } }
  const { secretId: id, secretHint: hint, secretExpiresAt: end } = event
  return inAccount(db, owner.accountId, (tx) =>
    recordEvent(tx, caller, new Date(event.occurredAt), {
      type: event.type,
      resource: { type: event.resourceType, id: event.resourceId, name: event.resourceName },
      ...(event.appId !== null && { appId: event.appId }),
      ...(event.changes.length > 0 && { changes: event.changes }),
      ...(event.gracePeriod !== null && { gracePeriod: parseDuration(event.gracePeriod) ?? Number.NaN }),
      ...(event.graceStarts !== null && { graceStarts: event.graceStarts }),
      ...(id !== null && hint !== null && { secret: { id, hint, expiresAt: end === null ? null : new Date(end) } }),
      ...(event.attempts !== null && { attempts: event.attempts }),
    }),
  )
}

test('the published records are stored byte for byte, but for account, id and the clock', async ({ db, owner }) => {
  const given = vectors.events.map(({ record }) => JSON.parse(record) as VectorRecord)
  for (const event of given) await writeVector(db, owner, event)
  const stored = await storedBy(db, owner)
  expect(stored).toHaveLength(13)
  for (const [index, { record, hash }] of stored.entries()) {
    const { id, occurredAt } = JSON.parse(record) as VectorRecord
    expect(record).toBe(canonicalize({ ...given[index], accountId: owner.accountId, id, occurredAt }))
    expect(Buffer.from(hash).toString('hex')).toBe(leafHash(record))
  }
})

test('whatever a change holds is stored canonically, hashed as stored, and read back the same', async ({
  db,
  owner,
}) => {
  const values = vectors.canonicalisation.map(({ json, canonical }) => ({ value: JSON.parse(json) as Json, canonical }))
  const changes = values.map(({ value }) => ({ field: 'x', before: null, after: value }))
  await writeEvents(db, owner, 1, { changes })
  const [{ record, hash } = { record: '', hash: new Uint8Array() }] = await storedBy(db, owner)
  for (const { canonical } of values) expect(record).toContain(`{"after":${canonical},"before":null,"field":"x"}`)
  expect(canonicalize(JSON.parse(record))).toBe(record)
  expect(Buffer.from(hash).toString('hex')).toBe(leafHash(record))
  const [event] = await allEvents(db, owner)
  expect(event?.hash).toBe(leafHash(record))
  expect(canonicalize(event?.changes)).toBe(canonicalize(changes))
})

test('any text that may be stored makes a canonical record', async ({ db, owner }) => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => value.isWellFormed())
  await fc.assert(
    fc.asyncProperty(text, text, async (name, after) => {
      const event = { resource: { type: 'App', id: 'x', name }, changes: [{ field: 'name', before: null, after }] }
      const [sequence] = await writeEvents(db, owner, 1, event)
      const stored = (await storedBy(db, owner)).find((row) => Number(row.sequence) === sequence)
      expect(stored?.record).toBe(canonicalize(JSON.parse(stored?.record ?? '')))
      expect(JSON.parse(stored?.record ?? '')).toMatchObject({ resourceName: name, changes: event.changes })
      expect(Buffer.from(stored?.hash ?? []).toString('hex')).toBe(leafHash(stored?.record ?? ''))
    }),
    { numRuns: 30 },
  )
})

test('what the columns say for searching is what the record says', async ({ db, owner }) => {
  const appId = randomUUIDv7()
  await writeEvents(db, owner, 1, { appId })
  const columns = `select sequence, id, type, app_id, actor_id, source_ip,
      to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at, record
    from audit_events where account_id = '${owner.accountId}'`
  const [{ record, ...row } = { record: '' }] = await peek<{ record: string }>(db, columns)
  const { sequence, id, type, actor, sourceIp, occurredAt } = JSON.parse(record)
  expect({ ...row, sequence: 1 }).toEqual({
    sequence,
    id,
    type,
    app_id: appId,
    actor_id: actor.id,
    source_ip: sourceIp,
    occurred_at: occurredAt,
  })
})

describe('the user agent', () => {
  const agents: [string, string | null, string | null][] = [
    ['of 512 code points is kept', '👩'.repeat(512), '👩'.repeat(512)],
    ['of 513 is cut, and never through a character', `${'👩'.repeat(512)}x`, '👩'.repeat(512)],
    ['that is half a surrogate pair is mended', 'a\ud83d', 'a\ufffd'],
    ['may be none', null, null],
  ]
  test.for(agents)('%s', async ([, userAgent, kept], { db, owner }) => {
    await writeEvents(db, { ...owner, origin: { ...owner.origin, userAgent } })
    expect((await allEvents(db, owner)).map((event) => event.userAgent)).toEqual([kept])
  })
})

test('an event larger than a record may be is not written, and takes no place', async ({ db, owner }) => {
  const tooLarge = [{ field: 'x', before: null, after: 'x'.repeat(262_144) }]
  await expect(writeEvents(db, owner, 1, { changes: tooLarge })).rejects.toThrow(
    'An event is larger than its record may be.',
  )
  expect(
    await writeEvents(db, owner, 1, { changes: [{ field: 'x', before: null, after: 'x'.repeat(261_000) }] }),
  ).toEqual([1])
})

test('half a surrogate pair is refused, and takes no place', async ({ db, owner }) => {
  const event = { resource: { type: 'App', id: 'x', name: '\ud83d' } }
  await expect(writeEvents(db, owner, 1, event)).rejects.toThrow('Lone surrogate is not allowed')
  expect(await writeEvents(db, owner)).toEqual([1])
})

test('what could end a token moves auth_sequence, the rest does not', async ({ db, owner }) => {
  const head = async () =>
    (
      await peek(
        db,
        `select sequence::int, auth_sequence::int from audit_heads where account_id = '${owner.accountId}'`,
      )
    )[0]
  await writeEvents(db, owner)
  expect(await head()).toEqual({ sequence: 1, auth_sequence: 0 })
  const ending: AuditEventType[] = ['APP_UPDATED', 'APP_DELETED', 'SECRET_ROTATED', 'SECRET_REVOKED', 'MEMBER_REMOVED']
  for (const [index, type] of ending.entries()) {
    await writeEvents(db, owner, 1, { type })
    expect(await head()).toEqual({ sequence: index + 2, auth_sequence: index + 2 })
  }
  await writeEvents(db, owner, 2, { type: 'APP_CREATED' })
  expect(await head()).toEqual({ sequence: 8, auth_sequence: 6 })
})

test('the instant given is kept to the millisecond', async ({ db, owner }) => {
  const at = await inAccount(db, owner.accountId, async (tx) => {
    const now = await databaseNow(tx)
    await recordEvent(tx, owner, now, { type: 'SIGNED_IN', resource: { type: 'User', id: 'x', name: null } })
    return now
  })
  expect((await allEvents(db, owner)).map(({ occurredAt }) => occurredAt)).toEqual([at])
})
