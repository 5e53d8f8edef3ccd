import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { recordEvent } from '../audit/index.ts'
import { systemCaller } from '../caller.ts'
import {
  accounts,
  auditHeads,
  type Database,
  databaseNow,
  enterAccount,
  inSystem,
  members,
  users,
} from '../database/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import { normalEmail } from './person.ts'

export type FirstOwner = {
  email: string
  /** In the clear where it was generated, to be shown once; null where the operator had chosen it. */
  generatedPassword: string | null
}

/** An empty database of a real server, and no password for its first owner. */
export class AdminPasswordMissing extends Error {
  override readonly name = 'AdminPasswordMissing'
}

/**
 * Makes the first account and its owner on a database that has none. Call it while the migration's lock is held, so
 * that of several gateways one makes it. Events: ACCOUNT_CREATED, MEMBER_ADDED.
 *
 * @param mayGenerate whether a password may be made up: on the embedded database alone, where somebody reads the terminal
 * @returns null where there is an account already
 * @throws AdminPasswordMissing with a sentence for the operator
 */
export async function createFirstOwner(
  db: Database,
  admin: { email: string; password: string | null; mayGenerate: boolean },
  slowHash: SlowHash,
): Promise<FirstOwner | null> {
  const [existing] = await inSystem(db, (tx) => tx.select({ id: accounts.id }).from(accounts).limit(1))
  if (existing) return null
  if (admin.password === null && !admin.mayGenerate)
    throw new AdminPasswordMissing(
      'The database is empty and ADMIN_PASSWORD is not set: it is the password of the first owner (at least 12 characters).',
    )
  const email = normalEmail(admin.email)
  const password = admin.password ?? randomBytes(15).toString('base64url')
  const passwordHash = await slowHash.hash(password)
  await inSystem(db, async (tx) => {
    const now = await databaseNow(tx)
    const [accountId, userId, memberId] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()]
    await tx.insert(accounts).values({ id: accountId, name: 'Default', createdAt: now })
    await tx.insert(auditHeads).values({ accountId, occurredAt: now })
    await tx.insert(users).values({ id: userId, email, passwordHash, createdAt: now })
    await tx.insert(members).values({ accountId, id: memberId, userId, role: 'OWNER', joinedAt: now })
    await enterAccount(tx, accountId)
    const system = systemCaller(accountId)
    await recordEvent(tx, system, now, {
      type: 'ACCOUNT_CREATED',
      resource: { type: 'Account', id: accountId, name: 'Default' },
      changes: [{ field: 'name', before: null, after: 'Default' }],
    })
    await recordEvent(tx, system, now, {
      type: 'MEMBER_ADDED',
      resource: { type: 'Member', id: memberId, name: email },
      changes: [{ field: 'role', before: null, after: 'OWNER' }],
    })
  })
  return { email, generatedPassword: admin.password === null ? password : null }
}
