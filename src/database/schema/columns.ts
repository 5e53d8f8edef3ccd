import { sql } from 'drizzle-orm'
import { customType, pgPolicy, pgRole, timestamp } from 'drizzle-orm/pg-core'

/** Works for one account at a time: sees its rows only, whatever a query forgets (row-level security). */
export const memberRole = pgRole('chatelaine_member').existing()
/** Works across accounts: sign-in, sessions, bootstrap, sweeps. */
export const systemRole = pgRole('chatelaine_system').existing()
/** Deletes what lies below an account's cut in its history, and does nothing else. */
export const retentionRole = pgRole('chatelaine_retention').existing()
/** Reads the history of all accounts and writes what it signs beside it, and does nothing else. */
export const sealerRole = pgRole('chatelaine_sealer').existing()
/** Reads the history of one account, whole, and does nothing else. */
export const exportRole = pgRole('chatelaine_export').existing()
/** Deletes what is over in all accounts: idempotency keys, used assertions, revoked tokens; sees which secrets have ended. */
export const sweeperRole = pgRole('chatelaine_sweeper').existing()

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => new Uint8Array(value), // postgres.js gives a Buffer, PGlite a Uint8Array
})
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

// `nullif`: after the first transaction of a connection the setting is '' and not null.
export const OWN_ACCOUNT = sql.raw(`account_id = nullif(current_setting('chatelaine.account', true), '')::uuid`)
/** A member sees and writes the rows of its account; the system sees all. */
export const accountPolicies = (table: string) => [
  pgPolicy(`${table}_of_account`, { to: memberRole, for: 'all', using: OWN_ACCOUNT, withCheck: OWN_ACCOUNT }),
  pgPolicy(`${table}_of_system`, { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
]
/** What a role may do across accounts, as far as its grants go. */
export const policyAcross = (table: string, role: typeof sealerRole, name: string) =>
  pgPolicy(`${table}_of_${name}`, { to: role, for: 'all', using: sql`true`, withCheck: sql`true` })
/** An export sees the rows of its account. */
export const exportPolicy = (table: string) =>
  pgPolicy(`${table}_of_export`, { to: exportRole, for: 'select', using: OWN_ACCOUNT })
