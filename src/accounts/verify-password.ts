import type { Origin } from '../caller.ts'
import type { Database } from '../database/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import type { AttemptLimits } from './attempt-limits.ts'
import type { FailedSignIns } from './failed-sign-ins.ts'
import { findPerson, isTooLongPassword, normalEmail, type Person } from './person.ts'
import type { SessionLimits } from './session.ts'

/** What checking a password, and signing in with it, needs of the instance. */
export type SignInInstance = {
  slowHash: SlowHash
  limits: SessionLimits
  attempts: AttemptLimits
  failedSignIns: FailedSignIns
}

/** Longer text is nobody's e-mail, and not worth looking at. In UTF-16 units, spaces around it included. */
const MAX_GIVEN = 1024
/** Argon2id of nothing anybody knows: an unknown e-mail takes as long as a known one. */
const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$Y2hhdGVsYWluZS1kdW1teQ$6sHjFU9bxnIdYYh3LgRoTcuNZdtA1sFEqRWdJFXsTGc'

/**
 * Whether this is the person's password. A failure fills the bucket and is told to failedSignIns, which writes it later.
 * @returns null for an unknown e-mail and for a wrong password, in like time
 * @throws Fault RATE_LIMITED
 */
export async function verifyPassword(
  db: Database,
  origin: Origin,
  { email: given, password }: { email: string; password: string },
  { slowHash, attempts, failedSignIns }: SignInInstance,
): Promise<Person | null> {
  const email = given.length > MAX_GIVEN ? '' : normalEmail(given)
  await attempts.requireSignIn(email, origin.ip)
  const person = await findPerson(db, email)
  const right = !isTooLongPassword(password) && (await slowHash.verify(person?.passwordHash ?? DUMMY_HASH, password))
  if (person && right) {
    await attempts.requireSignIn(email, origin.ip) // again: many guesses at once get no more answers than one by one
    return person
  }
  failedSignIns.note(email, person, origin)
  await attempts.noteFailedSignIn(email, origin.ip)
  return null
}
