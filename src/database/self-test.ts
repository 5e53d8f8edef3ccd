import { sql } from 'drizzle-orm'
import type { Database } from './connect.ts'
import { rows } from './rows.ts'

/** Row-level security does not hold here: the sentence says what to grant. */
export class PoliciesNotInForce extends Error {
  override readonly name = 'PoliciesNotInForce'
}

export const MISSING_ROLES =
  'The login of DATABASE_URL must own its database and be able to act as the roles of the README ("A real PostgreSQL"). ' +
  'With CREATEROLE it makes them at the first start; else, as a superuser, make them (NOLOGIN) and run: ' +
  'GRANT chatelaine_member, chatelaine_system, chatelaine_retention, chatelaine_sealer, chatelaine_export, ' +
  'chatelaine_sweeper, chatelaine_gateway TO <the login of DATABASE_URL>;'

/**
 * Proves, before anything is served, that no query crosses an account: as the role that all account work runs as, with
 * no account set, every table with an account_id (and `accounts`, `users`) is under its policies and shows no row.
 * @throws PoliciesNotInForce
 */
export async function proveRowSecurity(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    const asMember = sql`select set_config('role', 'chatelaine_gateway', true), set_config('role', 'chatelaine_member', true)`
    await tx.execute(asMember).catch((error: unknown) => {
      throw new PoliciesNotInForce(MISSING_ROLES, { cause: error })
    })
    const tables = await rows<{ name: string; active: boolean }>(
      tx,
      sql`select c.relname as name, row_security_active(c.oid) as active from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (c.relname in ('accounts', 'users') or exists (
          select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped))`,
    )
    const open = tables.filter(({ active }) => !active).map(({ name }) => name)
    if (open.length > 0 || tables.length === 0)
      throw new PoliciesNotInForce(
        `Row-level security does not bind the role chatelaine_member on ${open.join(', ') || 'any table'}. ` +
          'As a superuser, run: ALTER ROLE chatelaine_member NOSUPERUSER NOBYPASSRLS; and, for each of these tables, ' +
          'ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;',
      )
    for (const { name } of tables) {
      const [row] = await rows(tx, sql`select 1 from ${sql.identifier(name)} limit 1`)
      if (row)
        throw new PoliciesNotInForce(`With no account set, rows of ${name} can be seen: its policies were changed.`)
    }
  })
}
