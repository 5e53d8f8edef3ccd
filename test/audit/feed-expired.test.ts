import { type SQL, sql } from 'drizzle-orm'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { startDoors } from '../http/doors.ts'
import { allEvents, expect, subscribe, subscribeSse, test } from '../support/index.ts'
import { openFeed, openReader, upTo } from './feed-reader.ts'
import { writeEvents } from './write-events.ts'

/** What retention does: the cut moves, and what lies before it goes, then or later. No role of the gateway's own may. */
async function trim(db: Database, owner: Caller, upTo: number, deleted = true): Promise<void> {
  const ofAccount = sql`account_id = ${owner.accountId}::uuid`
  await asMaker(db, sql`update audit_heads set trimmed = ${upTo} where ${ofAccount}`)
  if (deleted) await asMaker(db, sql`delete from audit_events where ${ofAccount} and sequence <= ${upTo}`)
}
function asMaker(db: Database, statement: SQL): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    await tx.execute(statement)
  })
}
const missed = (from: number, to: number) => ({
  code: 'CURSOR_EXPIRED',
  extensions: { missed: { from, to }, resumeAfter: String(to) },
})

test('a cursor behind which events are gone is CURSOR_EXPIRED, with what is missed and where to go on [feed 9]', async ({
  db,
  owner,
}) => {
  using feed = openFeed(db)
  await writeEvents(db, owner, 10)
  await trim(db, owner, 6)
  await expect(openReader(feed, owner, { after: 0 })).rejects.toMatchObject(missed(1, 6))
  await expect(openReader(feed, owner, { after: 5 })).rejects.toMatchObject(missed(6, 6))
  await using atTheEdge = await openReader(feed, owner, { after: 6 })
  expect(await atTheEdge.events(4)).toEqual([7, 8, 9, 10])
  await using oldest = await openReader(feed, owner, { begin: 'OLDEST', heartbeat: 5 })
  expect(await oldest.next()).toEqual({ sequence: 6, event: null, live: false })
  expect(await oldest.events(4)).toEqual([7, 8, 9, 10])

  await trim(db, owner, 7, false) // it counts as gone, though it was not deleted yet
  await expect(openReader(feed, owner, { after: 6 })).rejects.toMatchObject(missed(7, 7))
  const listed = await allEvents(db, owner)
  expect(listed.map(({ sequence }) => sequence)).toEqual([8, 9, 10])
  await trim(db, owner, 10) // nothing is left
  await expect(openReader(feed, owner, { after: 9 })).rejects.toMatchObject(missed(10, 10))
  await using head = await openReader(feed, owner, { after: 10 })
  await using again = await openReader(feed, owner, { begin: 'OLDEST' })
  await writeEvents(db, owner)
  feed.wake(owner.accountId)
  expect([await head.events(1), await again.events(1)]).toEqual([[11], [11]])
})

test('a slow reader that retention overtakes is told so, and leaves nothing behind [feed 9]', {
  timeout: 60_000,
}, async ({ db, owner }) => {
  using feed = openFeed(db)
  for (let written = 0; written < 600; written += 100) await writeEvents(db, owner, 100)
  const overtaken = await openReader(feed, owner)
  expect(await overtaken.events(500)).toEqual(upTo(500)) // the first page
  const emptied = await openReader(feed, owner, { after: 50 })
  expect(await emptied.events(500)).toEqual(upTo(550).slice(50))
  await trim(db, owner, 520)
  await expect(overtaken.next()).rejects.toMatchObject(missed(501, 520))
  await trim(db, owner, 600)
  await expect(emptied.next()).rejects.toMatchObject(missed(551, 600))
  expect(feed.followers(owner.accountId)).toBe(0)
})

const query = `subscription ($after: String) { auditEvents(after: $after, begin: OLDEST) { node { sequence } } }`
type Message = { auditEvents: { node: { sequence: number } } }

test('over a WebSocket it is an error that names the range; over SSE 410 before the first byte; resumeAfter resumes', async ({
  db,
  owner,
  instance,
}) => {
  await using doors = await startDoors(db, instance)
  const token = await doors.watcherToken(owner)
  await using first = await subscribeSse(doors.url, token, query)
  const { id: cursor } = await first.next()
  await first.close()
  await writeEvents(db, owner, 4)
  await trim(db, owner, 3)

  await using socket = subscribe<Message>(doors.url, token, query, { after: cursor })
  const [error] = (await socket.next()).errors ?? []
  expect(error).toMatchObject({ extensions: { code: 'CURSOR_EXPIRED', missed: { from: 2, to: 3 } } })
  const resumeAfter = (error as { extensions?: { resumeAfter?: string } })?.extensions?.resumeAfter
  await using stream = await subscribeSse(doors.url, token, query, {}, cursor ?? '')
  expect([stream.status, stream.headers.get('content-type')]).toEqual([410, 'application/json; charset=utf-8'])

  await using resumed = await subscribeSse<{ data: Message }>(doors.url, token, query, { after: resumeAfter })
  expect((await resumed.take(2)).map(({ data }) => data.data.auditEvents.node.sequence)).toEqual([4, 5])
  await resumed.close()
  await expect.poll(() => doors.feed.followers(owner.accountId)).toBe(0)
  expect(doors.errors).toEqual([])
})

test('a subscription that fails in the middle ends with its error, and leaves nothing behind', async ({
  db,
  owner,
  instance,
}) => {
  await using doors = await startDoors(db, instance)
  const token = await doors.watcherToken(owner)
  await using socket = subscribe<Message>(doors.url, token, query)
  await using stream = await subscribeSse<{ data: Message }>(doors.url, token, query)
  await Promise.all([socket.next(), stream.next()])
  expect(doors.feed.followers(owner.accountId)).toBe(2)
  await asMaker(db, sql`update audit_heads set sequence = 5 where account_id = ${owner.accountId}::uuid`)
  await writeEvents(db, owner) // the sixth, and there are none between
  doors.feed.wake(owner.accountId)
  await expect(socket.next()).rejects.toMatchObject([
    { extensions: { code: 'CURSOR_EXPIRED', missed: { from: 2, to: 5 } } },
  ])
  // Over an event stream it is the last message; an EventSource comes back all the same, and meets the 410.
  expect(await stream.take(2)).toMatchObject([
    { data: { errors: [{ extensions: { code: 'CURSOR_EXPIRED', missed: { from: 2, to: 5 } } }] } },
    { event: 'complete' },
  ])
  await expect.poll(() => doors.feed.followers(owner.accountId)).toBe(0)
  expect(doors.errors).toEqual([])
})
