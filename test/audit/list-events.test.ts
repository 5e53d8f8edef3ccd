import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { type AuditEvent, type EventFilter, listEvents, type Sequence } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inSystem } from '../../src/database/index.ts'
import type { PageRequest } from '../../src/page.ts'
import { allEvents, describe, expect, memberOf, newAccount, read, test } from '../support/index.ts'
import { writeEvents } from './write-events.ts'

const list = async (
  db: Database,
  owner: Caller,
  filter: EventFilter,
  request: PageRequest<Sequence> = { first: 100 },
) => {
  const { items, stoppedAt, ...rest } = await read(db, owner, (tx) => listEvents(tx, owner, filter, request))
  return { sequences: items.map(({ sequence }) => sequence), ...rest, ...(stoppedAt !== null && { stoppedAt }) }
}
const found = async (db: Database, owner: Caller, filter: EventFilter) => (await list(db, owner, filter)).sequences

describe('pages of a history of five, oldest first, always', () => {
  const pages: [PageRequest<Sequence>, number[], hasPreviousPage: boolean, hasNextPage: boolean][] = [
    [{}, [1, 2, 3, 4, 5], false, false],
    [{ first: 2 }, [1, 2], false, true],
    [{ first: 2, after: 2 }, [3, 4], true, true],
    [{ first: 2, after: 3 }, [4, 5], true, false],
    [{ first: 2, after: 5 }, [], true, false],
    [{ first: 2, after: 0 }, [1, 2], true, true],
    [{ last: 2 }, [4, 5], true, false],
    [{ last: 2, before: 4 }, [2, 3], true, true],
    [{ last: 2, before: 3 }, [1, 2], false, true],
    [{ last: 2, before: 1 }, [], false, true],
    [{ first: 100, after: 1, before: 5 }, [2, 3, 4], true, false],
    [{ last: 1, after: 1, before: 5 }, [4], true, true],
    [{ first: 0 }, [], false, true],
    [{ last: 0 }, [], true, false],
    [{ first: null, last: null, after: null, before: null }, [1, 2, 3, 4, 5], false, false],
  ]
  test.for(pages)('%j', async ([request, sequences, hasPreviousPage, hasNextPage], { db, owner }) => {
    await writeEvents(db, owner, 5)
    expect(await list(db, owner, {}, request)).toEqual({ sequences, hasPreviousPage, hasNextPage })
  })
})

test('neither first nor last: twenty; a hundred are the most', async ({ db, owner }) => {
  await writeEvents(db, owner, 101)
  expect(await list(db, owner, {}, {})).toMatchObject({ sequences: { length: 20 }, hasNextPage: true })
  expect(await list(db, owner, {}, { first: 100 })).toMatchObject({ sequences: { length: 100 }, hasNextPage: true })
  expect((await list(db, owner, {}, { last: 100 })).sequences[0]).toBe(2)
})

describe('BAD_USER_INPUT', () => {
  test.for([{ first: 101 }, { last: 101 }, { first: -1 }, { last: -1 }, { first: 1, last: 1 }])(
    '%j',
    async (request, { db, owner }) => {
      await expect(list(db, owner, {}, request)).rejects.toMatchObject({ name: 'Fault', code: 'BAD_USER_INPUT' })
    },
  )
})

/** Sequences 1 to 6 differ in type, app, actor, address and time. */
async function mixedHistory(db: Database, owner: Caller) {
  const colleague = await memberOf(db, owner, 'ADMIN')
  const [appId, otherApp] = [randomUUIDv7(), randomUUIDv7()]
  const elsewhere = { ...colleague, origin: { ...colleague.origin, ip: '2001:db8::7' } }
  const nowhere = { ...owner, origin: { ...owner.origin, ip: null } }
  await writeEvents(db, owner, 1, { type: 'APP_CREATED', appId })
  await writeEvents(db, colleague, 1, { type: 'APP_UPDATED', appId })
  await writeEvents(db, elsewhere, 1, { type: 'APP_CREATED', appId: otherApp })
  await writeEvents(db, elsewhere, 1, { type: 'SIGNED_IN' })
  await writeEvents(db, nowhere, 1, { type: 'SIGNED_OUT' })
  await writeEvents(db, owner, 1, { type: 'APP_UPDATED', appId: otherApp })
  return { colleague, appId, otherApp }
}

test('each filter alone, empty ones are none, unknown ids match nothing', async ({ db, owner }) => {
  const { colleague, appId, otherApp } = await mixedHistory(db, owner)
  await mixedHistory(db, await newAccount(db)) // never seen
  expect(
    await found(db, owner, { types: [], appId: null, actorId: null, sourceIp: null, from: null, to: null }),
  ).toEqual([1, 2, 3, 4, 5, 6])
  expect(await found(db, owner, { types: ['APP_CREATED'] })).toEqual([1, 3])
  expect(await found(db, owner, { types: ['SIGNED_OUT', 'SIGNED_IN'] })).toEqual([4, 5])
  expect(await found(db, owner, { types: ['AUDIT_TRIMMED'] })).toEqual([])
  expect(await found(db, owner, { appId })).toEqual([1, 2])
  expect(await found(db, owner, { appId: otherApp })).toEqual([3, 6])
  expect(await found(db, owner, { appId: owner.accountId })).toEqual([])
  expect(await found(db, owner, { actorId: colleague.actor.id })).toEqual([2, 3, 4])
  expect(await found(db, owner, { actorId: owner.actor.id })).toEqual([1, 5, 6])
  expect(await found(db, owner, { sourceIp: '2001:db8::7' })).toEqual([3, 4])
  expect(await found(db, owner, { sourceIp: '2001:db8:0::7' })).toEqual([])
  expect(await found(db, owner, { types: ['APP_CREATED', 'APP_UPDATED'], actorId: colleague.actor.id, appId })).toEqual(
    [2],
  )
})

test('a filtered list is paged as any other', async ({ db, owner }) => {
  await mixedHistory(db, owner)
  const types: EventFilter = { types: ['APP_CREATED', 'APP_UPDATED'] }
  const page = (request: PageRequest<Sequence>) => list(db, owner, types, request)
  expect(await page({ first: 2 })).toEqual({ sequences: [1, 2], hasPreviousPage: false, hasNextPage: true })
  expect(await page({ first: 2, after: 2 })).toEqual({ sequences: [3, 6], hasPreviousPage: true, hasNextPage: false })
  expect(await page({ last: 2, before: 6 })).toEqual({ sequences: [2, 3], hasPreviousPage: true, hasNextPage: true })
  // A cursor is a place in the history, whatever the filter that it came from.
  expect(await page({ first: 2, after: 4 })).toEqual({ sequences: [6], hasPreviousPage: true, hasNextPage: false })
})

test('from is included, to is not, and events of the same instant stay together', async ({ db, owner }) => {
  // Each of the instants is the account's last one when the events are written: time never goes back.
  const instants = ['2099-01-01', '2099-01-02', '2099-01-03'].map((day) => new Date(`${day}T00:00:00.000Z`))
  for (const instant of instants) {
    const stands = sql`occurred_at = ${instant.toISOString()}::timestamptz`
    await inSystem(db, (tx) =>
      tx.execute(sql`update audit_heads set ${stands} where account_id = ${owner.accountId}::uuid`),
    )
    await writeEvents(db, owner, 2)
  }
  const [first, second, third] = instants
  const after = (date: Date | undefined, milliseconds: number) => new Date((date?.getTime() ?? 0) + milliseconds)
  const cases: [EventFilter, number[]][] = [
    [{ from: first }, [1, 2, 3, 4, 5, 6]],
    [{ from: after(first, 1) }, [3, 4, 5, 6]],
    [{ from: second, to: third }, [3, 4]],
    [{ from: second, to: after(third, 1) }, [3, 4, 5, 6]],
    [{ to: first }, []],
    [{ to: second }, [1, 2]],
    [{ to: after(second, -1) }, [1, 2]],
    [{ from: after(third, 1) }, []],
    [{ from: second, to: second }, []],
    [{ from: third, to: first }, []],
    [{ from: second, types: ['APP_CREATED'] }, []],
    [{ from: second, actorId: owner.actor.id }, [3, 4, 5, 6]],
  ]
  for (const [filter, sequences] of cases)
    expect(await found(db, owner, filter), JSON.stringify(filter)).toEqual(sequences)
  expect(await list(db, owner, { from: second }, { last: 1, before: 6 })).toMatchObject({ sequences: [5] })
})

test('an event read back is all that was recorded', async ({ db, owner }) => {
  const [secretId, appId, end] = [randomUUIDv7(), randomUUIDv7(), new Date('2027-01-01T00:00:00.000Z')]
  await writeEvents(db, owner, 1, {
    type: 'SECRET_ROTATED',
    resource: { type: 'App', id: appId, name: 'Billing' },
    appId,
    gracePeriod: 90,
    graceStarts: 'FIRST_USE',
    secret: { id: secretId, hint: 'x7Qa', expiresAt: end },
    attempts: 3,
    changes: [{ field: 'secret', before: { id: 'a' }, after: [1, true, null] }],
  })
  const expected: AuditEvent = {
    id: expect.any(String),
    accountId: owner.accountId,
    sequence: 1,
    type: 'SECRET_ROTATED',
    occurredAt: expect.any(Date),
    actor: owner.actor,
    appId,
    resourceType: 'App',
    resourceId: appId,
    resourceName: 'Billing',
    changes: [{ field: 'secret', before: { id: 'a' }, after: [1, true, null] }],
    gracePeriod: 90,
    graceStarts: 'FIRST_USE',
    secretId,
    secretHint: 'x7Qa',
    secretExpiresAt: end,
    attempts: 3,
    source: 'API',
    sourceIp: '203.0.113.7',
    userAgent: 'chatelaine-test/1',
    requestId: owner.origin.requestId,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  }
  expect(await allEvents(db, owner)).toEqual([{ ...expected, v: 1 }])
})

test('FORBIDDEN without audit/read', async ({ db, owner }) => {
  const nobody = { ...owner, permissions: new Set<never>() }
  const listing = read(db, owner, (tx) => listEvents(tx, nobody, {}, {}))
  await expect(listing).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'This needs the permission audit/read.' })
})
