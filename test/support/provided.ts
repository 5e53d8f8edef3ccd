import type { Engine } from '../../src/database/index.ts'

/** What the start of a run hands to the tests' processes. */
declare module 'vitest' {
  interface ProvidedContext {
    engine: Engine
    pglite: PgliteTemplate
    postgres: PostgresTemplate
  }
}

/** A migrated database without an account: as a dump to load into memory, and as the folder of an embedded gateway. */
export type PgliteTemplate = { dump: string; folder: string; version: string }

/** `admin` may create databases; `template` is a migrated one without an account. Or why there is no server. */
export type PostgresTemplate = { admin: string; template: string; version: string } | { missing: string }
