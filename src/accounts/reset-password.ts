import { randomBytes } from 'node:crypto'
import { systemCaller } from '../caller.ts'
import { type Database, inSystem } from '../database/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import { setPassword } from './own-sessions.ts'
import { findPerson, normalEmail } from './person.ts'

/**
 * Gives a person a new, generated password and ends all their sessions: for an operator at the command line.
 * Event: PASSWORD_CHANGED, in every account of the person, source CLI.
 * @returns the password in the clear, this once; null for an e-mail that is nobody's
 */
export async function resetPassword(db: Database, email: string, slowHash: SlowHash): Promise<string | null> {
  const person = await findPerson(db, normalEmail(email))
  if (!person) return null
  const password = randomBytes(15).toString('base64url')
  const passwordHash = await slowHash.hash(password)
  const { userId } = person
  await inSystem(db, (tx) =>
    setPassword(tx, { userId, email: person.email, passwordHash, keepSession: null }, (accountId) =>
      systemCaller(accountId, 'CLI'),
    ),
  )
  return password
}
