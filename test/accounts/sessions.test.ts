import { sql } from 'drizzle-orm'
import { checkSessions, findSession, listSessions, revokeSession, signIn } from '../../src/accounts/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, expect, newAccount, peek, test } from '../support/index.ts'
import {
  alsoIn,
  type FreshInstance,
  freshInstance,
  from,
  HOUR,
  idOf,
  manySessions,
  newOwner,
  PASSWORD,
  sessionsOf,
} from './people.ts'

const here = from('203.0.113.9')

async function enter(db: Database, fresh: FreshInstance, person: Caller) {
  const result = await signIn(db, here, { email: person.actor.name, password: PASSWORD }, fresh)
  if (!result.ok) throw new Error('The sign-in failed.')
  return result.value
}

/** Makes a session older: as if it had begun, and last been used, so long ago. */
function age(db: Database, sessionId: string, seconds: { seen: number; begun?: number }) {
  const { seen, begun = seen } = seconds
  return peek(
    db,
    sql`update sessions set last_seen_at = last_seen_at - make_interval(secs => ${seen}::int),
      expires_at = expires_at - make_interval(secs => ${begun}::int) where id = ${sessionId}::uuid`,
  )
}

async function lastSeen(db: Database, sessionId: string): Promise<number> {
  const [row] = await peek<{ at: string }>(
    db,
    sql`select to_char(last_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from sessions where id = ${sessionId}::uuid`,
  )
  return new Date(row?.at ?? '').getTime()
}

test('the list shows the own sign-ins in every account, the one used last first, and which is the current one', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const stranger = await newOwner(db, instance.slowHash)
  await enter(db, fresh, stranger)
  const [old, current] = [await enter(db, fresh, person), await enter(db, fresh, person)]
  await age(db, old.sessionId, { seen: 600 })

  const listed = await listSessions(db, person, current.sessionId, fresh.limits)
  expect(listed.map(({ id, current: isCurrent, ip, userAgent }) => ({ id, isCurrent, ip, userAgent }))).toEqual([
    { id: current.sessionId, isCurrent: true, ip: here.ip, userAgent: here.userAgent },
    { id: old.sessionId, isCurrent: false, ip: here.ip, userAgent: here.userAgent },
  ])
  for (const { lastSeenAt, expiresAt } of listed)
    expect(expiresAt.getTime() - lastSeenAt.getTime()).toBe(fresh.limits.sessionIdle * 1000)
})

test('expiresAt is the earlier of the idle and the absolute end', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash, { sessionIdle: 2 * HOUR, sessionMax: HOUR })
  const person = await newOwner(db, instance.slowHash)
  const { sessionId } = await enter(db, fresh, person)
  const ends = async (limits = fresh.limits) => {
    const [session] = await listSessions(db, person, sessionId, limits)
    return session && (session.expiresAt.getTime() - session.createdAt.getTime()) / 1000
  }
  expect(await ends()).toBe(HOUR)
  expect(await ends({ sessionIdle: 60, sessionMax: HOUR })).toBe(60)
})

test('a session ends when it has gone unused for SESSION_IDLE', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash, { sessionIdle: HOUR, sessionMax: 24 * HOUR })
  const person = await newOwner(db, instance.slowHash)
  const { sessionId, sessionToken } = await enter(db, fresh, person)
  await age(db, sessionId, { seen: HOUR - 30 })
  expect((await findSession(db, sessionToken, here, fresh.limits))?.caller).toEqual({ ...person, origin: here })
  await age(db, sessionId, { seen: HOUR + 1 })
  expect(await findSession(db, sessionToken, here, fresh.limits)).toBeNull()
  expect(await listSessions(db, person, null, fresh.limits)).toEqual([])
})

test('a session ends after SESSION_MAX, however much it is used', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash, { sessionIdle: HOUR, sessionMax: 24 * HOUR })
  const person = await newOwner(db, instance.slowHash)
  const { sessionId, sessionToken } = await enter(db, fresh, person)
  await age(db, sessionId, { seen: 0, begun: 24 * HOUR - 30 })
  expect(await findSession(db, sessionToken, here, fresh.limits)).not.toBeNull()
  await age(db, sessionId, { seen: 0, begun: 31 })
  expect(await findSession(db, sessionToken, here, fresh.limits)).toBeNull()
  expect(await checkSessions(db, [sessionId], fresh.limits)).toEqual(
    new Map([[sessionId, { accountId: person.accountId, role: 'OWNER', over: true }]]),
  )
})

test('use is written at most once a minute', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const { sessionId, sessionToken } = await enter(db, fresh, person)
  await age(db, sessionId, { seen: 50 })
  const before = await lastSeen(db, sessionId)
  await findSession(db, sessionToken, here, fresh.limits)
  await checkSessions(db, [sessionId], fresh.limits)
  expect(await lastSeen(db, sessionId)).toBe(before)

  await age(db, sessionId, { seen: 61 })
  await findSession(db, sessionToken, here, fresh.limits)
  const used = await lastSeen(db, sessionId)
  expect(used - before).toBeGreaterThanOrEqual(50_000)
})

test('an open subscription counts as use, but wakes no session that has gone idle', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash, { sessionIdle: HOUR, sessionMax: 24 * HOUR })
  const person = await newOwner(db, instance.slowHash)
  const [open, idle] = [await enter(db, fresh, person), await enter(db, fresh, person)]
  await age(db, open.sessionId, { seen: HOUR - 60 })
  await age(db, idle.sessionId, { seen: HOUR + 60 })
  const [openBefore, idleBefore] = [await lastSeen(db, open.sessionId), await lastSeen(db, idle.sessionId)]
  const states = await checkSessions(db, [open.sessionId, idle.sessionId], fresh.limits)
  expect([states.get(open.sessionId)?.over, states.get(idle.sessionId)?.over]).toEqual([false, true])
  expect(await lastSeen(db, open.sessionId)).toBeGreaterThan(openBefore)
  expect(await lastSeen(db, idle.sessionId)).toBe(idleBefore)
})

test('revokeSession ends one of the own sessions, at once, and tells it', async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const [ended, kept] = [await enter(db, fresh, person), await enter(db, fresh, person)]
  expect(await revokeSession(db, person, { id: ended.sessionId })).toEqual({ ok: true, value: ended.sessionId })
  expect(await findSession(db, ended.sessionToken, here, fresh.limits)).toBeNull()
  expect((await sessionsOf(db, person)).map(({ id }) => id)).toEqual([kept.sessionId])
  expect((await allEvents(db, person)).at(-1)).toMatchObject({
    type: 'SESSION_REVOKED',
    resourceType: 'Session',
    resourceId: ended.sessionId,
  })
})

test("another person's session is NOT_FOUND, also in the same account, and goes on", async ({ db, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const other = await newOwner(db, instance.slowHash)
  await alsoIn(db, other, person.accountId, 'OWNER')
  const theirs = await enter(db, fresh, other)
  const history = await allEvents(db, person)
  const missing = await revokeSession(db, person, { id: crypto.randomUUID() })
  expect(missing).toMatchObject({ ok: false, errors: [{ path: ['id'], code: 'NOT_FOUND' }] })
  expect(await revokeSession(db, person, { id: theirs.sessionId })).toEqual(missing)
  expect(await findSession(db, theirs.sessionToken, here, fresh.limits)).not.toBeNull()
  expect(await allEvents(db, person)).toEqual(history)
})

test('a person has at most 100 sessions: one more ends the one that was used least lately', async ({
  db,
  instance,
}) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const person = await newOwner(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  for (const one of [person, stranger]) await manySessions(db, one, 100)
  const oldest = sql`select id from sessions where user_id = ${idOf(person)}::uuid order by last_seen_at limit 1`
  const [doomed] = await peek<{ id: string }>(db, oldest)
  const { sessionId } = await enter(db, fresh, person)
  const ids = (await sessionsOf(db, person)).map(({ id }) => id)
  expect(ids).toHaveLength(100)
  expect(ids).toContain(sessionId)
  expect(ids).not.toContain(doomed?.id)
  expect(await sessionsOf(db, stranger)).toHaveLength(100)
})
