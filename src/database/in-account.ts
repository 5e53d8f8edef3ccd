import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'
import { type Opening, openerOf } from './opening.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * One transaction that sees and writes the rows of one account alone, whatever its queries forget: it runs as a role
 * that row-level security binds. Role and account are set for the transaction only, so nothing is left on the connection.
 *
 * After a conflict with other transactions (a deadlock) `work` runs again in a new one: what it does outside of `tx` is
 * done twice. On PGlite, never touch the outer `db` inside `work`: there is one connection, and it would wait for itself.
 *
 * @throws DatabaseUnavailable where the database does not answer in time, or cannot at this moment
 */
export async function inAccount<T>(db: Database, accountId: string, work: (tx: Database) => Promise<T>): Promise<T> {
  return open(
    db,
    { mode: '', settings: asRole('chatelaine_member', accountId), readOnly: false, repeatable: true },
    work,
  )
}

/** As inAccount, but all its reads see one moment, and it cannot write. Its work runs once. */
export async function readAccount<T>(db: Database, accountId: string, work: (tx: Database) => Promise<T>): Promise<T> {
  const mode = 'isolation level repeatable read read only'
  return open(db, { mode, settings: asRole('chatelaine_member', accountId), readOnly: true, repeatable: false }, work)
}

/** As inAccount, but across accounts, for what is not any account's: sign-in, sessions, bootstrap, sweeps, keys. */
export async function inSystem<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return inRole(db, 'chatelaine_system', work)
}

/** As inSystem, as the role that may delete what lies below the accounts' cuts, and do nothing else. */
export async function inRetention<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return inRole(db, 'chatelaine_retention', work)
}

/** As inSystem, as the role that may read history, write what it signs of it, and do nothing else. */
export async function inSealer<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return inRole(db, 'chatelaine_sealer', work)
}

/** As inSystem, as the role that may delete what is over, and do nothing else. */
export async function inSweeper<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return inRole(db, 'chatelaine_sweeper', work)
}

/** As readAccount, as the role that may read the account's history, and nothing else of it. */
export async function readExport<T>(db: Database, accountId: string, work: (tx: Database) => Promise<T>): Promise<T> {
  const mode = 'isolation level repeatable read read only'
  return open(db, { mode, settings: asRole('chatelaine_export', accountId), readOnly: true, repeatable: false }, work)
}

/** Inside inSystem: goes on as a member of one account, until the transaction ends. */
export async function enterAccount(tx: Database, accountId: string): Promise<void> {
  requireId(accountId)
  await tx.execute(
    sql`select set_config('role', 'chatelaine_member', true), set_config('chatelaine.account', ${accountId}, true)`,
  )
}

function inRole<T>(db: Database, role: string, work: (tx: Database) => Promise<T>): Promise<T> {
  return open(db, { mode: '', settings: `set local role ${role}`, readOnly: false, repeatable: true }, work)
}

function open<T>(db: Database, opening: Opening, work: (tx: Database) => Promise<T>): Promise<T> {
  return openerOf(db).openWith(opening, () => db.transaction(work))
}

/** SET answers no rows, which costs less than set_config. It takes literals alone; the check makes this one safe. */
function asRole(role: 'chatelaine_member' | 'chatelaine_export', accountId: string): string {
  requireId(accountId)
  return `set local role ${role}; set local chatelaine.account = '${accountId}'`
}

function requireId(accountId: string): void {
  if (!UUID.test(accountId)) throw new TypeError('An account id is a UUID.')
}
