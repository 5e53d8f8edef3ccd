import { createHmac, randomBytes, randomUUIDv7, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import basex from 'base-x'
import { and, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { secrets } from '../database/index.ts'
import type { SlowHash } from '../slow-hash.ts'
import type { Maker } from './app.ts'

const base62 = basex('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
const SECRET_BYTES = 32
const SECRET_CHARACTERS = 43
const CHECKSUM_CHARACTERS = 6
/** Longer than any secret is: looked at no further. */
const MAX_LENGTH = 100
export const MAX_LIVE_SECRETS = 5

/**
 * A client secret, without the secret. GRACE: rotated away, works until expiresAt. DISABLED: switched off, may be
 * switched on again until its end.
 */
export type Secret = {
  id: string
  appId: string
  status: 'CURRENT' | 'GRACE' | 'DISABLED'
  /** The one that a rotation replaces, also while it is switched off. */
  current: boolean
  hint: string
  createdAt: Date
  createdBy: Maker
  replacedAt: Date | null
  /** When it stops working, at the latest; null for the current one alone. */
  expiresAt: Date | null
  /** Its grace period starts with the first use of a newer secret, and none has been used yet. */
  awaitsFirstUse: boolean
  lastUsedAt: Date | null
  lastUsedIp: string | null
  /** Not current, and no token made with it can still be out there. */
  safeToRevoke: boolean
}

export type MintedSecret = {
  /** In the clear: for the answer alone, never stored. */
  plain: string
  row: Pick<typeof secrets.$inferInsert, 'id' | 'mac' | 'hash' | 'hint'>
}

/**
 * Makes a client secret: `chtl_`, its own public id, 256 random bits, and a checksum, in base62, so that a scanner can
 * find a leaked one and a typo is refused without a query. Slow by design (Argon2id): call it before any lock is held.
 *
 * @param secretMac the instance's secret MAC key: the MAC decides every request, the slow hash is for its loss
 */
export async function mintSecret(secretMac: Uint8Array, slowHash: SlowHash): Promise<MintedSecret> {
  const id = randomUUIDv7()
  const random = base62.encode(randomBytes(SECRET_BYTES)).padStart(SECRET_CHARACTERS, '0')
  const body = `chtl_${base62.encode(Buffer.from(id.replaceAll('-', ''), 'hex'))}_${random}`
  const plain = body + checksumOf(body)
  return { plain, row: { id, mac: macOf(secretMac, plain), hash: await slowHash.hash(plain), hint: plain.slice(-4) } }
}

/** The id of the row that a presented secret belongs to; null for what no mint of ours made, a mistyped one included. */
export function parseSecret(presented: string): { id: string } | null {
  if (presented.length > MAX_LENGTH) return null
  const match = /^chtl_([0-9A-Za-z]{1,22})_[0-9A-Za-z]{49}$/.exec(presented)
  const body = presented.slice(0, -CHECKSUM_CHARACTERS)
  if (!match?.[1] || presented.slice(-CHECKSUM_CHARACTERS) !== checksumOf(body)) return null
  const hex = Buffer.from(base62.decode(match[1])).toString('hex')
  if (hex.length !== 32) return null
  return { id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') }
}

/** HMAC-SHA-256 (RFC 2104): enough for 256 random bits, and fast; slow hashes are for what people choose (OWASP). */
export function macOf(secretMac: Uint8Array, plain: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', secretMac).update(plain).digest())
}

/** In constant time, also where there is no row: as long as for a wrong secret. */
export function isSecretRight(secretMac: Uint8Array, presented: string, stored: Uint8Array | null): boolean {
  const mac = macOf(secretMac, presented)
  return timingSafeEqual(mac, stored ?? new Uint8Array(mac.length)) && stored !== null
}

/** Live: not past its end. */
export function liveSecrets(accountId: string, appId: string, now: Date): SQL | undefined {
  return and(
    eq(secrets.accountId, accountId),
    eq(secrets.appId, appId),
    or(isNull(secrets.expiresAt), gt(secrets.expiresAt, now)),
  )
}

export function currentSecret(accountId: string, appId: string): SQL | undefined {
  return and(eq(secrets.accountId, accountId), eq(secrets.appId, appId), isNull(secrets.replacedAt))
}

export function secretOf(row: SecretRow, now: Date): Secret {
  const current = row.replacedAt === null
  return {
    id: row.id,
    appId: row.appId,
    status: row.disabledAt ? 'DISABLED' : current ? 'CURRENT' : 'GRACE',
    current,
    hint: row.hint,
    createdAt: row.createdAt,
    createdBy: { type: row.createdByType, id: row.createdById },
    replacedAt: row.replacedAt,
    expiresAt: row.expiresAt,
    awaitsFirstUse: row.graceFromFirstUse !== null,
    lastUsedAt: row.lastUsedAt,
    lastUsedIp: row.lastUsedIp,
    safeToRevoke: !current && row.neededUntil !== null && now.getTime() >= row.neededUntil.getTime() + UNDER_WAY_MS,
  }
}

/** All of a row but what decides a secret. */
export type SecretRow = Omit<typeof secrets.$inferSelect, 'mac' | 'hash'>

/** What was under way when a secret was replaced or last used, and the minute by which the note of its use may lag. */
const UNDER_WAY_MS = 120_000

/** Keeps `neededUntil` at the latest of what it was and this: a token that lives until then may be out there. */
export function neededAtLeastUntil(instant: SQL): SQL {
  return sql`greatest(${secrets.neededUntil}, ${instant})`
}

/** What ends a secret at once, with the tokens made with it, and without an event of its own at its end. */
export function endedAt(now: Date) {
  return { expiresAt: now, revokedAt: now, graceFromFirstUse: null }
}

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return base62.encode(bytes).slice(-CHECKSUM_CHARACTERS).padStart(CHECKSUM_CHARACTERS, '0')
}
