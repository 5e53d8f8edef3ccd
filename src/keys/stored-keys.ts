import { isDeepStrictEqual } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import { type Database, databaseNow, inSystem, keys } from '../database/index.ts'
import { identify, makeSigningKey, type SigningKey } from './signing-key.ts'
import { inOrder, type ScheduledKey } from './signing-schedule.ts'
import { damaged, KeysSealed, openKey, type Wrapping, wrapKey, wrappingKeyOf } from './wrapping.ts'

/** Any number, the same in every gateway: who holds it may change the table. */
const KEYS_LOCK = 7211

/**
 * One transaction that changes keys, one at a time across all gateways and command lines. A lock of its own and not the
 * rows': what the one before has inserted is seen too.
 */
export function changingKeys<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return inSystem(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(String(KEYS_LOCK))})`)
    return work(tx)
  })
}

/** When each token signing key signs and verifies; no key itself. */
export async function readSchedule(tx: Database): Promise<ScheduledKey[]> {
  const { id, algorithm, createdAt, signsFrom, verifiesUntil } = keys
  const stored = await tx
    .select({ id, algorithm, createdAt, signsFrom, verifiesUntil })
    .from(keys)
    .where(eq(keys.kind, 'token-signing'))
  // Before there was a choice, the one key was of ES256 and signed from its making on.
  return inOrder(
    stored.map((row) => ({ ...row, algorithm: row.algorithm ?? 'ES256', signsFrom: row.signsFrom ?? row.createdAt })),
  )
}

/** @throws KeysSealed */
export async function openSigningKeys(
  tx: Database,
  scheduled: readonly ScheduledKey[],
  wrapping: Wrapping,
): Promise<SigningKey[]> {
  const ids = sql.param(scheduled.map(({ id }) => id))
  const rows = scheduled.length === 0 ? [] : await tx.select().from(keys).where(sql`${keys.id} = any(${ids}::uuid[])`)
  const sealed = new Map(rows.map((row) => [row.id, row]))
  return Promise.all(
    scheduled.flatMap((key) => {
      const row = sealed.get(key.id)
      if (!row) return []
      const bytes = openKey(row, wrapping)
      return identify(bytes, key.algorithm).then((found) => {
        if (!found) throw damaged(row)
        return { ...key, ...found, bytes }
      })
    }),
  )
}

/**
 * All that is published, by a look that is cheap where nothing was added: what is known is opened no second time.
 * @returns in the order in which they sign, without what could not be opened, which `sealed` tells
 */
export async function readSigningKeys(
  tx: Database,
  wrapping: Wrapping,
  known: readonly SigningKey[],
): Promise<{ scheduled: ScheduledKey[]; signing: SigningKey[]; sealed: KeysSealed | null; now: Date }> {
  const scheduled = await readSchedule(tx)
  const now = await databaseNow(tx)
  const opened = new Map(known.map((key) => [key.id, key]))
  let sealed: KeysSealed | null = null
  for (const added of scheduled.filter(({ id }) => !opened.has(id)))
    try {
      for (const key of await openSigningKeys(tx, [added], wrapping)) opened.set(key.id, key)
    } catch (error) {
      if (!(error instanceof KeysSealed)) throw error
      sealed = error
    }
  const signing = scheduled.flatMap((key) => {
    const found = opened.get(key.id)
    return found ? { ...found, ...key, algorithm: found.algorithm } : []
  })
  return { scheduled, signing, sealed, now }
}

/** @throws KeysSealed where it cannot be opened, or there are no keys yet */
export async function openSecretMac(tx: Database, wrapping: Wrapping): Promise<Uint8Array> {
  return openKey(await secretMacRow(tx), wrapping)
}

/** What the others are sealed by, whichever of the two keys of a roll-out that is. @throws KeysSealed where it is not at hand */
export async function wrappingKeyInUse(tx: Database, wrapping: Wrapping): Promise<Uint8Array> {
  const { wrappedBy } = await secretMacRow(tx)
  return wrappingKeyOf(wrappedBy, wrapping)
}

/** The one key that is always there, once there are any. */
async function secretMacRow(tx: Database): Promise<typeof keys.$inferSelect> {
  const [row] = await tx.select().from(keys).where(eq(keys.kind, 'secret-mac'))
  if (!row) throw new KeysSealed('This database has no keys yet. Start a gateway first: it makes them.')
  return row
}

/**
 * Makes the table's token signing keys what `change` says: rows that it leaves out go, new ones get a key of their own.
 * Call it while the keys' lock is held. A new key is wrapped as the others are, whichever of the two keys of a roll-out
 * that is: so a gateway of its first step takes back nothing that one of the second has done.
 *
 * @throws KeysSealed where that wrapping key is not at hand, or there are no keys yet
 */
export async function reschedule(
  tx: Database,
  wrapping: Wrapping,
  change: (scheduled: ScheduledKey[], now: Date) => ScheduledKey[],
): Promise<ScheduledKey[]> {
  const before = await readSchedule(tx)
  const now = await databaseNow(tx)
  const wanted = change(before, now)
  const stored = new Map(before.map((key) => [key.id, key]))
  const kept = new Set(wanted.map(({ id }) => id))
  const over = sql.param(before.map(({ id }) => id).filter((id) => !kept.has(id)))
  await tx.delete(keys).where(sql`${keys.id} = any(${over}::uuid[])`)
  for (const key of wanted) {
    const { id, algorithm, createdAt, signsFrom, verifiesUntil } = key
    const times = { algorithm, signsFrom, verifiesUntil }
    const was = stored.get(id)
    if (was && isDeepStrictEqual(was, key)) continue
    if (was) await tx.update(keys).set(times).where(eq(keys.id, id))
    else {
      const row = { id, kind: 'token-signing' as const, createdAt, ...times }
      const wrappingKey = await wrappingKeyInUse(tx, wrapping)
      await tx.insert(keys).values({ ...row, ...wrapKey(row, await makeSigningKey(algorithm), wrappingKey) })
    }
  }
  return wanted
}
