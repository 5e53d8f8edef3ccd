import { randomUUIDv7 } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, listEvents } from '../../src/audit/index.ts'
import { type Caller, permissionsOf, type Role } from '../../src/caller.ts'
import {
  accounts,
  auditHeads,
  type Database,
  databaseNow,
  inSystem,
  members,
  readAccount,
  rows,
  users,
} from '../../src/database/index.ts'

/** A new account, without history, and a new person who owns it. */
export async function newAccount(db: Database, name = 'Test'): Promise<Caller> {
  const accountId = randomUUIDv7()
  return inSystem(db, async (tx) => {
    const now = await databaseNow(tx)
    await tx.insert(accounts).values({ id: accountId, name, createdAt: now })
    await tx.insert(auditHeads).values({ accountId, occurredAt: now })
    return addPerson(tx, accountId, 'OWNER', now)
  })
}

/** A new person with that role in the same account. */
export function memberOf(db: Database, owner: Caller, role: Role): Promise<Caller> {
  return inSystem(db, async (tx) => addPerson(tx, owner.accountId, role, await databaseNow(tx)))
}

async function addPerson(tx: Database, accountId: string, role: Role, now: Date): Promise<Caller> {
  const userId = randomUUIDv7()
  const email = `${role.toLowerCase()}-${userId}@example.com`
  // Nobody signs in with it: the hash is none.
  await tx.insert(users).values({ id: userId, email, passwordHash: '!', createdAt: now })
  await tx.insert(members).values({ accountId, id: randomUUIDv7(), userId, role, joinedAt: now })
  return {
    accountId,
    actor: { type: 'USER', id: userId, name: email },
    role,
    permissions: new Set(permissionsOf(role)),
    scopes: null,
    credential: null,
    origin: { source: 'API', ip: '203.0.113.7', userAgent: 'chatelaine-test/1', requestId: randomUUIDv7() },
  }
}

/** What the caller's account holds at one moment: `read(db, owner, (tx) => listSecrets(tx, owner, [app.id]))`. */
export function read<T>(db: Database, caller: Caller, work: (tx: Database) => Promise<T>): Promise<T> {
  return readAccount(db, caller.accountId, work)
}

/** The account's whole history, oldest first. */
export function allEvents(db: Database, caller: Caller): Promise<AuditEvent[]> {
  return read(db, caller, async (tx) => {
    const events: AuditEvent[] = []
    for (let more = true; more; ) {
      const page = await listEvents(tx, caller, {}, { first: 100, after: events.at(-1)?.sequence })
      events.push(...page.items)
      more = page.hasNextPage
    }
    return events
  })
}

/** What is stored, across accounts, as the system's role sees it. @param statement a string has no parameters */
export function peek<Row extends Record<string, unknown> = Record<string, unknown>>(
  db: Database,
  statement: SQL | string,
): Promise<Row[]> {
  return inSystem(db, (tx) => rows<Row>(tx, typeof statement === 'string' ? sql.raw(statement) : statement))
}
