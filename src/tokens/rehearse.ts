import { findClient } from '../apps/index.ts'
import type { Database } from '../database/index.ts'
import type { Issuer } from './access-token.ts'

/** Of the form of a client id, and nobody's: no mint makes one from the beginning of time. */
const NOBODY = `ch_${'0'.repeat(26)}`

/**
 * Does once what every request for a token does, so that the first client after a start does not wait for it: opens a
 * session of the database, has the look-up planned there, and signs.
 * @throws what the first request would be told
 */
export async function rehearseToken(db: Database, issuer: Issuer): Promise<void> {
  await findClient(db, NOBODY, { secretId: null })
  issuer.keys.current(new Date()).sign(Buffer.from('a rehearsal'))
}
