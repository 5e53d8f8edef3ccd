import { eq, sql } from 'drizzle-orm'
import { type Database, rows, users } from '../database/index.ts'
import type { UserError } from '../result.ts'

const MAX_EMAIL = 254
export const MIN_PASSWORD = 12
/** Longer is refused before it costs a hash. */
export const MAX_PASSWORD = 1024
const MAX_NAME = 100

/** A person, and how to check that it is they. People are global: one may be a member of several accounts. */
export type Person = { userId: string; email: string; passwordHash: string }

/** As e-mail addresses are stored and compared: trimmed, lower case. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase()
}

/** @param email normalEmail's */
export function checkEmail(email: string): UserError[] {
  if (email.length <= MAX_EMAIL && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)) return []
  const code = email.length > MAX_EMAIL ? 'TOO_LONG' : 'INVALID_FORMAT'
  return [{ path: ['email'], code, message: 'This is no e-mail address (name@host, at most 254 characters).' }]
}

/** 12 to 1,024 characters, any: length is what counts (NIST SP 800-63B §5.1.1.2). */
export function checkPassword(password: string, path = 'password'): UserError[] {
  if (password.length < MIN_PASSWORD)
    return [{ path: [path], code: 'TOO_SHORT', message: `A password has at least ${MIN_PASSWORD} characters.` }]
  if (password.length > MAX_PASSWORD)
    return [{ path: [path], code: 'TOO_LONG', message: `A password has at most ${MAX_PASSWORD} characters.` }]
  return []
}

/** A person's or an account's name. @param name trimmed; 1 to 100 code points, no control characters */
export function checkDisplayName(name: string): UserError[] {
  const length = Array.from(name).length
  if (length === 0) return [{ path: ['name'], code: 'TOO_SHORT', message: 'A name has at least one character.' }]
  if (length > MAX_NAME)
    return [{ path: ['name'], code: 'TOO_LONG', message: `A name has at most ${MAX_NAME} characters.` }]
  if (/\p{Cc}/u.test(name) || !name.isWellFormed())
    return [{ path: ['name'], code: 'INVALID_FORMAT', message: 'A name has no control characters.' }]
  return []
}

/** @param email normalEmail's */
export async function findPerson(db: Database, email: string): Promise<Person | null> {
  const [row] = await rows<{ user_id: string; email: string; password_hash: string }>(
    db,
    sql`select * from find_person(${email})`,
  )
  return row ? { userId: row.user_id, email: row.email, passwordHash: row.password_hash } : null
}

/**
 * Holds a person until the transaction ends, inside inSystem: what begins a session, joins an account or changes the
 * password comes one after the other, so that limits hold for what comes at the same instant too.
 * @returns the hash of their password as it is now; null for nobody
 */
export async function lockPerson(tx: Database, userId: string): Promise<string | null> {
  const [person] = await tx
    .select({ passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, userId))
    .for('no key update') // rows that only refer to them go on being written
  return person?.passwordHash ?? null
}

/**
 * Whether the password that was verified is still the person's, under lockPerson: a change of it either comes later, and
 * ends what is begun here, or is seen here.
 */
export async function isPasswordUnchanged(tx: Database, { userId, passwordHash }: Person): Promise<boolean> {
  return (await lockPerson(tx, userId)) === passwordHash
}
