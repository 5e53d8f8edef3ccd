import { isIPv4 } from 'node:net'
import { domainToASCII } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { type Database, rows, users } from '../database/index.ts'
import type { UserError } from '../result.ts'

const MAX_EMAIL = 254
const MIN_PASSWORD = 12
/** Longer is refused before it costs a hash. */
const MAX_PASSWORD = 1024
const MAX_NAME = 100

/** A person, and how to check that it is they. People are global: one may be a member of several accounts. */
export type Person = { userId: string; email: string; passwordHash: string }

/**
 * E-mail addresses as they are stored and compared: trimmed, in lower case, composed (NFC), and the host in its ASCII form
 * (RFC 5890 §2.3.2.1). So one address has one spelling, and a host that only looks like another does not.
 */
export function normalEmail(email: string): string {
  const tidy = email.trim().toLowerCase().normalize('NFC')
  const host = tidy.slice(tidy.lastIndexOf('@') + 1)
  // What else ASCII has would be read as a part of a URL.
  if (host === tidy || !/^[a-z0-9._\u{80}-\u{10ffff}-]+$/u.test(host)) return tidy
  return tidy.slice(0, tidy.length - host.length) + (domainToASCII(host) || host)
}

/**
 * A name and a host: nothing invisible, and none of what a name would have to be quoted for (RFC 5321 §4.1.2).
 * @param email normalEmail's; at most 254 code points
 */
export function checkEmail(email: string): UserError[] {
  const [name = '', host = '', ...more] = email.split('@')
  const isLabel = (label: string) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)
  const isHost = host.split('.').every(isLabel) && !isIPv4(host)
  const isName = /^[^\p{C}\p{Z}\s()<>[\]\\,;:"]+$/u.test(name)
  const tooLong = lengthOf(email) > MAX_EMAIL
  if (isName && isHost && more.length === 0 && !tooLong) return []
  const code = tooLong ? 'TOO_LONG' : 'INVALID_FORMAT'
  return [{ path: ['email'], code, message: 'This is no e-mail address (name@host, at most 254 characters).' }]
}

/** 12 to 1,024 code points, any: length is what counts (NIST SP 800-63B §5.1.1.2). */
export function checkPassword(password: string, path = 'password'): UserError[] {
  if (lengthOf(password) < MIN_PASSWORD)
    return [{ path: [path], code: 'TOO_SHORT', message: `A password has at least ${MIN_PASSWORD} characters.` }]
  if (isTooLongPassword(password))
    return [{ path: [path], code: 'TOO_LONG', message: `A password has at most ${MAX_PASSWORD} characters.` }]
  return []
}

/** Nobody has such a password: it need not cost a hash. */
export function isTooLongPassword(password: string): boolean {
  return lengthOf(password) > MAX_PASSWORD
}

/** A person's or an account's name. @param name trimmed; 1 to 100 code points, no control characters */
export function checkDisplayName(name: string): UserError[] {
  const length = lengthOf(name)
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

/** In code points, whatever they take in memory. */
function lengthOf(text: string): number {
  return Array.from(text).length
}
