import { sql } from 'drizzle-orm'
import { pgPolicy, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant, sealerRole, systemRole } from './columns.ts'

/** The instance's working keys, sealed by ENCRYPTION_KEY. */
export const keys = pgTable(
  'keys',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind')
      .$type<'secret-mac' | 'cursor-mac' | 'answer-seal' | 'token-signing' | 'audit-signing'>()
      .notNull(),
    sealed: bytea('sealed').notNull(),
    /** Of the wrapping key that sealed it: hexadecimal, never the key itself. */
    wrappedBy: text('wrapped_by').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Of token signing keys: ES256, EdDSA or RS256. */
    algorithm: text('algorithm').$type<'ES256' | 'EdDSA' | 'RS256'>(),
    /** Of token signing keys: from when on it signs; published before. Of two that sign, the later one does. */
    signsFrom: instant('signs_from'),
    /** Of token signing keys that sign no more: until when tokens under it may be out there. */
    verifiesUntil: instant('verifies_until'),
  },
  () => [
    pgPolicy('keys_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
    pgPolicy('keys_of_sealer', { to: sealerRole, for: 'select', using: sql`kind = 'audit-signing'` }),
  ],
)

/** What the instance remembers of itself: one row a name. */
export const instanceMarkers = pgTable(
  'instance_markers',
  {
    name: text('name').primaryKey(),
    /** Sealed under a working key: a marker cannot be forged by who can write the table alone. */
    sealed: bytea('sealed').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  () => [
    pgPolicy('instance_markers_of_system', { to: systemRole, for: 'all', using: sql`true`, withCheck: sql`true` }),
  ],
)
