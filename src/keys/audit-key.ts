import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, randomUUIDv7 } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { auditKeys, type Database, keys } from '../database/index.ts'
import { wrappingKeyInUse } from './stored-keys.ts'
import { openKey, type Wrapping, wrapKey } from './wrapping.ts'

/** An Ed25519 key that signs checkpoints of the audit log (RFC 8032). */
export type AuditKey = {
  publicKey: Uint8Array
  privateKey: KeyObject
  /**
   * Public halves that the operator vouched for when this key was made without a hand-over. Sealed with the private
   * half, so that nobody adds to them who can write the database alone.
   */
  accepted: Uint8Array[]
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const KEY_BYTES = 32

export function auditKeyOf(seed: Uint8Array, accepted: Uint8Array[] = []): AuditKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { publicKey: new Uint8Array(Buffer.from(x, 'base64url')), privateKey, accepted }
}

/** The instance's audit keys whose private half is at hand, oldest first. @throws KeysSealed */
export async function openAuditKeys(tx: Database, wrapping: Wrapping): Promise<AuditKey[]> {
  const sealed = await tx
    .select()
    .from(keys)
    .where(eq(keys.kind, 'audit-signing'))
    .orderBy(asc(keys.createdAt), asc(keys.id))
  return sealed.map((row) => {
    const bytes = openKey(row, wrapping)
    const accepted: Uint8Array[] = []
    for (let at = KEY_BYTES; at < bytes.length; at += KEY_BYTES) accepted.push(bytes.slice(at, at + KEY_BYTES))
    return auditKeyOf(bytes.slice(0, KEY_BYTES), accepted)
  })
}

/**
 * Makes a key, and keeps its private half sealed and its public half for ever. Inside a transaction that holds the keys' lock.
 * @param handover the note by which the key before hands over to the new one; null where there is none
 */
export async function addAuditKey(
  tx: Database,
  wrapping: Wrapping,
  now: Date,
  { accepted, handover }: { accepted: Uint8Array[]; handover: ((next: AuditKey) => string) | null },
): Promise<AuditKey> {
  const seed = randomBytes(KEY_BYTES)
  const key = auditKeyOf(seed, accepted)
  const row = { id: randomUUIDv7(), kind: 'audit-signing' as const, createdAt: now }
  await tx
    .insert(keys)
    .values({ ...row, ...wrapKey(row, Buffer.concat([seed, ...accepted]), await wrappingKeyInUse(tx, wrapping)) })
  await tx.insert(auditKeys).values({ publicKey: key.publicKey, since: now, handover: handover?.(key) ?? null })
  return key
}

/**
 * The first audit key of an instance. Where there was one already and its private half is gone (ENCRYPTION_KEY was lost),
 * none is made: a reader has to be told, by the operator.
 */
export async function makeFirstAuditKey(tx: Database, wrapping: Wrapping, now: Date): Promise<void> {
  const [known] = await tx.select({ since: auditKeys.since }).from(auditKeys).limit(1)
  if (!known) await addAuditKey(tx, wrapping, now, { accepted: [], handover: null })
}
