import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * One transaction that sees and writes the rows of one account alone, whatever its queries forget: it runs as a role
 * that row-level security binds. Role and account are set for the transaction only, so nothing is left on the connection.
 *
 * On PGlite, never touch the outer `db` inside `work`: there is one connection, and it would wait for itself for ever.
 */
export function inAccount<T>(db: Database, accountId: string, work: (tx: Database) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await enterAccount(tx, accountId)
    return work(tx)
  })
}

/** As inAccount, but all its reads see one moment, and it cannot write. */
export function readAccount<T>(db: Database, accountId: string, work: (tx: Database) => Promise<T>): Promise<T> {
  const oneMoment = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const
  return db.transaction(async (tx) => {
    await enterAccount(tx, accountId)
    return work(tx)
  }, oneMoment)
}

/** One transaction across accounts, for what is not any account's: sign-in, sessions, bootstrap, sweeps, keys. */
export function inSystem<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('role', 'chatelaine_system', true)`)
    return work(tx)
  })
}

/** Inside inSystem: goes on as a member of one account, until the transaction ends. */
export async function enterAccount(tx: Database, accountId: string): Promise<void> {
  // A literal saves the round trip that describing a parameter costs; the check makes it safe.
  if (!UUID.test(accountId)) throw new TypeError('An account id is a UUID.')
  await tx.execute(
    sql.raw(
      `select set_config('role', 'chatelaine_member', true), set_config('chatelaine.account', '${accountId}', true)`,
    ),
  )
}
