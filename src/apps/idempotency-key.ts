import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { and, eq, not, sql } from 'drizzle-orm'
import type { Json } from '../audit/index.ts'
import type { Caller } from '../caller.ts'
import { type Database, idempotencyKeys } from '../database/index.ts'
import { seal, unseal } from '../keys/index.ts'
import type { UserError } from '../result.ts'
import type { IssuedSecret } from './issue-secret.ts'

const MAX_KEY = 255
/** For so long the clear secret is kept, sealed, to be answered again. */
const SECRET_KEPT_MS = 600_000

/**
 * What is asked to be done once. `key`: null or left out, it is done each time. `input`: all of it but the key, in one
 * form for each meaning (defaults filled in).
 */
export type KeyedRequest = { mutation: KeyRow['mutation']; key: string | null | undefined; input: Json }
export type KeyRow = typeof idempotencyKeys.$inferSelect
/** A key is its actor's and its mutation's: the same text of another actor is another key. */
export type KeyIdentity = Pick<KeyRow, 'accountId' | 'actorId' | 'mutation' | 'key'>

/** @param key 1 to 255 code points, no control characters; null or left out: none */
export function checkIdempotencyKey(key: string | null | undefined): UserError[] {
  if (key == null) return []
  const path = ['idempotencyKey']
  const length = Array.from(key).length
  if (length === 0) return [{ path, code: 'TOO_SHORT', message: 'An idempotency key has at least one character.' }]
  if (length > MAX_KEY) {
    const message = `An idempotency key has at most ${MAX_KEY} characters: this has ${length}.`
    return [{ path, code: 'TOO_LONG', message }]
  }
  if (/\p{Cc}/u.test(key) || !key.isWellFormed())
    return [{ path, code: 'INVALID_FORMAT', message: 'An idempotency key has no control characters.' }]
  return []
}

export function identifyKey(caller: Caller, mutation: KeyRow['mutation'], key: string): KeyIdentity {
  if (caller.actor.id === null) throw new Error('The system has no idempotency keys.')
  return { accountId: caller.accountId, actorId: caller.actor.id, mutation, key }
}

/** SHA-256 of the canonical JSON (RFC 8785). */
export function hashInput(input: Json): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(String(canonicalize(input)))
      .digest(),
  )
}

const NOW = sql`date_trunc('milliseconds', clock_timestamp())`
/** Counts as new: it stands for nothing any more. */
const IS_OLD = sql`${idempotencyKeys.createdAt} <= ${NOW} - interval '24 hours'`

function isOf({ accountId, actorId, mutation, key }: KeyIdentity) {
  return and(
    eq(idempotencyKeys.accountId, accountId),
    eq(idempotencyKeys.actorId, actorId),
    eq(idempotencyKeys.mutation, mutation),
    eq(idempotencyKeys.key, key),
  )
}

/** What was done under a key within the last 24 hours; null also while it is being done. Inside inAccount. */
export async function findKey(tx: Database, identity: KeyIdentity): Promise<KeyRow | null> {
  const [row] = await tx
    .select()
    .from(idempotencyKeys)
    .where(and(isOf(identity), not(IS_OLD)))
  return row ?? null
}

/**
 * Takes a key for this transaction. Where another one has taken it, waits for that to end.
 * @returns null where it is taken; else the row of who was first, locked
 */
export async function claimKey(tx: Database, identity: KeyIdentity, inputHash: Uint8Array): Promise<KeyRow | null> {
  const { accountId, actorId, mutation, key } = idempotencyKeys
  const anew = { inputHash, createdAt: NOW }
  const nothing = { appId: null, secretId: null, previousSecretExpiresAt: null, sealedSecret: null, secretJwe: null }
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ ...identity, ...anew })
    .onConflictDoUpdate({
      target: [accountId, actorId, mutation, key],
      set: { ...anew, ...nothing },
      setWhere: IS_OLD,
    })
    .returning({ key })
  if (claimed.length > 0) return null
  const [row] = await tx.select().from(idempotencyKeys).where(isOf(identity))
  if (!row) throw new Error('A key that neither could be taken nor is there.')
  return row
}

/** Keeps what was done under a key: the secret sealed, or as the JWE that it was answered as. */
export async function rememberAnswer(
  tx: Database,
  identity: KeyIdentity,
  answerSeal: Uint8Array,
  { app, secret, clientSecret, clientSecretJwe, previousSecretExpiresAt }: IssuedSecret,
): Promise<void> {
  const context = contextOf(identity, secret.id)
  const sealedSecret = clientSecret === null ? null : seal(answerSeal, context, Buffer.from(clientSecret))
  await tx
    .update(idempotencyKeys)
    .set({ appId: app.id, secretId: secret.id, previousSecretExpiresAt, sealedSecret, secretJwe: clientSecretJwe })
    .where(isOf(identity))
}

/**
 * The secret that was answered under a key, in the clear, for 10 minutes. Past them it is overwritten, here where the
 * sweep has not been yet. Null too where the instance's keys were lost, and made anew, since.
 */
export async function recallSecret(
  tx: Database,
  row: KeyRow & { secretId: string },
  answerSeal: Uint8Array,
  now: Date,
): Promise<string | null> {
  if (row.sealedSecret === null) return null
  if (now.getTime() - row.createdAt.getTime() >= SECRET_KEPT_MS) {
    await tx.update(idempotencyKeys).set({ sealedSecret: null }).where(isOf(row))
    return null
  }
  try {
    return Buffer.from(unseal(answerSeal, contextOf(row, row.secretId), row.sealedSecret)).toString()
  } catch {
    return null
  }
}

/** Binds a sealed secret to its row. The key stands last, because a stranger chose it. */
function contextOf({ accountId, actorId, mutation, key }: KeyIdentity, secretId: string): string {
  return `chatelaine answer ${accountId} ${actorId} ${secretId} ${mutation} ${key}`
}
