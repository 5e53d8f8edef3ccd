import { asc } from 'drizzle-orm'
import { auditKeys, type Database, databaseNow, inSystem } from '../database/index.ts'
import { type AuditKey, addAuditKey, changingKeys, openAuditKeys, type Wrapping } from '../keys/index.ts'
import { handoverText, isSignedBy, originPrefixOf, readHandover, signNote } from './note.ts'
import { areSame } from './tree.ts'

/** What signs, and whose older signatures count. */
export type Signer = { key: AuditKey; trusted: Uint8Array[] }
type StoredKey = typeof auditKeys.$inferSelect

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/**
 * The audit key that signs: of those that are at hand, the one that has handed over to no other. Trusted are it, those
 * that hand-overs tie to it, and those that the operator vouched for.
 * @returns null where its private half is lost
 * @throws KeysSealed
 */
export async function openSigner(tx: Database, wrapping: Wrapping): Promise<Signer | null> {
  const opened = await openAuditKeys(tx, wrapping)
  const stored = await readKeys(tx)
  const key = opened.findLast(({ publicKey }) => !hasHandedOver(publicKey, stored))
  return key ? { key, trusted: tiedTo([key.publicKey, ...key.accepted], stored) } : null
}

/**
 * Makes the next audit key, which signs from now on. The one before hands over to it; where that one is lost,
 * `withoutHandover` makes one that readers do not know, until they decide to trust it.
 * @returns the new public key, base64; null where nothing was done: the key before is lost, or, without a hand-over, is not
 */
export function newAuditKey(
  db: Database,
  wrapping: Wrapping,
  publicUrl: string,
  withoutHandover: boolean,
): Promise<string | null> {
  return changingKeys(db, async (tx) => {
    const signer = await openSigner(tx, wrapping)
    if ((signer === null) !== withoutHandover) return null
    const now = await databaseNow(tx)
    const prefix = originPrefixOf(publicUrl)
    const sign = (next: AuditKey) => {
      if (!signer) return ''
      const text = handoverText(prefix, signer.key.publicKey, next.publicKey, now)
      return signNote(text, `${prefix}keys`, [signer.key, next])
    }
    const newest = (await readKeys(tx)).at(-1)
    const accepted = signer ? signer.key.accepted : newest ? [newest.publicKey] : []
    const next = await addAuditKey(tx, wrapping, now, { accepted, handover: signer ? sign : null })
    return base64(next.publicKey)
  })
}

/** What `/.well-known/audit-keys.json` tells (docs/audit-log.md §4): keys that are tied to the one that signs, newest first. */
export type PublishedAuditKeys = {
  format: 'chatelaine-audit-keys/1'
  issuer: string
  origin: string
  keys: {
    publicKey: string
    algorithm: 'Ed25519'
    status: 'current' | 'previous'
    since: string
    until: string | null
  }[]
  handovers: string[]
}

/** @param signer null where its private half is lost: then no key is current, and the older ones stay published */
export function publishedKeys(
  publicUrl: string,
  signer: Signer | null,
  stored: readonly StoredKey[],
): PublishedAuditKeys {
  const newest = stored.at(-1)
  const tied = signer?.trusted ?? (newest ? tiedTo([newest.publicKey], stored) : [])
  const listed = stored.filter(({ publicKey }) => tied.some((each) => areSame(each, publicKey)))
  const keys = listed.map(({ publicKey, since }, nth) => ({
    publicKey: base64(publicKey),
    algorithm: 'Ed25519' as const,
    status: signer && areSame(signer.key.publicKey, publicKey) ? ('current' as const) : ('previous' as const),
    since: since.toISOString(),
    until: listed[nth + 1]?.since.toISOString() ?? null,
  }))
  return {
    format: 'chatelaine-audit-keys/1',
    issuer: publicUrl,
    origin: originPrefixOf(publicUrl),
    keys: keys.reverse(),
    handovers: listed.flatMap(({ handover }) => handover ?? []),
  }
}

/** So often at most those who ask for them make us look. */
const LOOK_EVERY_MS = 2000

/** The published keys, at most 2 seconds old. A look that failed is made again by the next who asks. */
export function followPublishedKeys(
  db: Database,
  { wrapping, publicUrl }: { wrapping: Wrapping; publicUrl: string },
): () => Promise<PublishedAuditKeys> {
  let known: { at: number; keys: Promise<PublishedAuditKeys> } | null = null
  return () => {
    if (known && performance.now() - known.at < LOOK_EVERY_MS) return known.keys
    const keys = inSystem(db, async (tx) =>
      publishedKeys(publicUrl, await openSigner(tx, wrapping), await readKeys(tx)),
    )
    known = { at: performance.now(), keys }
    keys.catch(() => {
      known = null
    })
    return keys
  }
}

/** All public halves that the table holds, oldest first: worth nothing by themselves. Inside inSystem. */
export function readKeys(tx: Database): Promise<StoredKey[]> {
  return tx.select().from(auditKeys).orderBy(asc(auditKeys.since))
}

/** Whether the key has signed a hand-over, to whichever other: it signs nothing any more. */
function hasHandedOver(publicKey: Uint8Array, stored: readonly StoredKey[]): boolean {
  return stored.some(({ handover }) => {
    const read = handover === null ? null : readHandover(handover)
    return read && handover && areSame(read.previous, publicKey) && isSignedBy(handover, read.name, publicKey)
  })
}

/** Backward along hand-overs, each signed by the later key. */
function tiedTo(trusted: readonly Uint8Array[], stored: readonly StoredKey[]): Uint8Array[] {
  const tied = [...trusted]
  for (const key of tied)
    for (const { handover } of stored) {
      const read = handover === null ? null : readHandover(handover)
      if (!read || !handover || !areSame(read.next, key) || !isSignedBy(handover, read.name, key)) continue
      if (!tied.some((each) => areSame(each, read.previous))) tied.push(read.previous)
    }
  return tied
}
