import { eq, sql } from 'drizzle-orm'
import { pino } from 'pino'
import { createAttemptLimits, createFailedSignIns, type SignInInstance } from '../../src/accounts/index.ts'
import type { Caller, Origin, Role } from '../../src/caller.ts'
import { type Database, inSystem, users } from '../../src/database/index.ts'
import type { SlowHash } from '../../src/slow-hash.ts'
import { memberOf, newAccount, peek } from '../support/index.ts'

export const PASSWORD = 'correct horse battery'
export const HOUR = 3600

/** What signing in needs of an instance, with no failure counted yet; and what it logged and whom it woke. */
export type FreshInstance = SignInInstance &
  AsyncDisposable & { logs: Record<string, unknown>[]; woken: string[]; nextWake(): Promise<string> }

/** One for a test alone: `await using fresh = freshInstance(db, instance.slowHash)`. */
export function freshInstance(
  db: Database,
  slowHash: SlowHash,
  limits = { sessionIdle: 12 * HOUR, sessionMax: 168 * HOUR },
): FreshInstance {
  const logs: Record<string, unknown>[] = []
  const woken: string[] = []
  let waiting: (accountId: string) => void = () => {}
  const log = pino({ level: 'info' }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  const failedSignIns = createFailedSignIns(db, log, (accountId) => {
    woken.push(accountId)
    waiting(accountId)
  })
  const nextWake = () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    waiting = resolve
    return promise
  }
  const attempts = createAttemptLimits()
  return {
    slowHash,
    limits,
    attempts,
    failedSignIns,
    logs,
    woken,
    nextWake,
    [Symbol.asyncDispose]: failedSignIns.close,
  }
}

/** The owner of a new account, who has a password. */
export async function newOwner(db: Database, slowHash: SlowHash): Promise<Caller> {
  return withPassword(db, slowHash, await newAccount(db))
}

/** A new member of the owner's account, who has a password. */
export async function newMember(db: Database, slowHash: SlowHash, owner: Caller, role: Role): Promise<Caller> {
  return withPassword(db, slowHash, await memberOf(db, owner, role))
}

async function withPassword(db: Database, slowHash: SlowHash, person: Caller): Promise<Caller> {
  const passwordHash = await slowHash.hash(PASSWORD)
  await inSystem(db, (tx) =>
    tx
      .update(users)
      .set({ passwordHash })
      .where(eq(users.id, idOf(person))),
  )
  return person
}

/** The same person in another account as well, joined now. */
export async function alsoIn(db: Database, person: Caller, accountId: string, role: Role): Promise<Caller> {
  await peek(
    db,
    sql`insert into members (account_id, id, user_id, role, joined_at)
      values (${accountId}::uuid, gen_random_uuid(), ${idOf(person)}::uuid, ${role}, clock_timestamp())`,
  )
  return { ...person, accountId, role }
}

/** The same person in so many new accounts as well. */
export async function inManyAccounts(db: Database, person: Caller, count: number): Promise<void> {
  await peek(
    db,
    sql`with made as (
        insert into accounts (id, name, created_at)
        select gen_random_uuid(), 'Account ' || n, clock_timestamp() from generate_series(1, ${count}::int) as n returning id
      ), heads as (
        insert into audit_heads (account_id, occurred_at) select id, clock_timestamp() from made
      )
      insert into members (account_id, id, user_id, role, joined_at)
      select id, gen_random_uuid(), ${idOf(person)}::uuid, 'AUDITOR', clock_timestamp() from made`,
  )
}

/** So many sessions of a person, each used a minute less lately than the one before. */
export async function manySessions(db: Database, { accountId, actor }: Caller, count: number): Promise<void> {
  await peek(
    db,
    sql`insert into sessions (id, token_hash, user_id, account_id, created_at, last_seen_at, expires_at)
      select gen_random_uuid(), sha256(convert_to(${actor.id} || n, 'UTF8')), ${actor.id}::uuid, ${accountId}::uuid,
        clock_timestamp(), clock_timestamp() - make_interval(mins => n), clock_timestamp() + interval '7 days'
      from generate_series(1, ${count}::int) as n`,
  )
}

export function idOf({ actor }: Caller): string {
  if (actor.id === null) throw new Error('This caller is nobody.')
  return actor.id
}

/** Another e-mail each time. */
export function newEmail(): string {
  return `new-${crypto.randomUUID()}@example.com`
}

export function from(ip: string): Origin {
  return { source: 'API', ip, userAgent: 'chatelaine-test/1', requestId: null }
}

/** The stored sessions of a person, the oldest first, without the hash of the token. */
export function sessionsOf(db: Database, person: Caller): Promise<{ id: string; account_id: string }[]> {
  return peek(
    db,
    sql`select id, account_id from sessions where user_id = ${idOf(person)}::uuid order by created_at, id`,
  )
}
