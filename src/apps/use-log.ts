import { and, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { apps, type Database, inAccount, inSystem, secrets } from '../database/index.ts'
import { repeat } from '../repeat.ts'
import type { Client } from './authenticate-client.ts'
import { neededAtLeastUntil } from './secret.ts'

const FLUSH_EVERY_MS = 20_000
/** Secrets and apps whose use waits to be written; one more is written with all of them, and waited for. */
const MAX_WAITING = 50_000
/** The use of an older secret is written no oftener. */
const ONCE_A_MINUTE_MS = 60_000

/** When apps and secrets were last used. */
export type UseLog = {
  /**
   * Told of each client that has authenticated itself at an OAuth endpoint, before its answer. Of an older secret the use
   * is written before this returns, at most once a minute each, so that a SIGKILL hides none; of the current secret, and
   * of the app, in batches.
   * @param use.issued whether a token was issued, which is what counts as use of the app
   */
  note(client: Client, use: { issued: boolean; ip: string | null }): Promise<void>
  /** Writes what waits. */
  flush(): Promise<void>
  close(): Promise<void>
}

type Waiting = { secrets: Map<string, { usedAt: Date; ip: string | null }>; apps: Map<string, Date> }

/** @param onError told of a batch that could not be written; it goes with the next */
export function createUseLog(db: Database, onError: (error: unknown) => void): UseLog {
  let waiting: Waiting = { secrets: new Map(), apps: new Map() }
  let writing: Promise<void> = Promise.resolve()

  const write = async () => {
    const batch = waiting
    if (batch.secrets.size + batch.apps.size === 0) return
    waiting = { secrets: new Map(), apps: new Map() }
    try {
      await inSystem(db, (tx) => writeBatch(tx, batch))
    } catch (error) {
      // What was noted since is later, and stays.
      waiting = {
        secrets: new Map([...batch.secrets, ...waiting.secrets]),
        apps: new Map([...batch.apps, ...waiting.apps]),
      }
      onError(error)
    }
  }
  const flush = () => {
    writing = writing.then(write)
    return writing
  }
  const flushing = repeat(FLUSH_EVERY_MS, flush, onError)

  return {
    async note(client, { issued, ip }) {
      const { credential, now } = client
      if (waiting.secrets.size + waiting.apps.size >= MAX_WAITING) await flush()
      if (issued) waiting.apps.set(client.appId, now)
      if (credential.type !== 'secret') return
      if (credential.current) waiting.secrets.set(credential.id, { usedAt: now, ip })
      else if (!credential.lastUsedAt || now.getTime() - credential.lastUsedAt.getTime() >= ONCE_A_MINUTE_MS)
        await writeOlder(db, client, ip)
    },
    flush,
    async close() {
      await flushing.stop()
      await flush()
    },
  }
}

/** Of many at once one writes: the others find it written. */
async function writeOlder(db: Database, client: Client, ip: string | null): Promise<void> {
  const { accountId, credential, tokenLifetime, now } = client
  const usedAt = sql.param(now, secrets.lastUsedAt)
  const minuteAgo = new Date(now.getTime() - ONCE_A_MINUTE_MS)
  const until = new Date(now.getTime() + tokenLifetime * 1000)
  await inAccount(db, accountId, (tx) =>
    tx
      .update(secrets)
      .set({
        lastUsedAt: sql`greatest(${secrets.lastUsedAt}, ${usedAt})`,
        lastUsedIp: ip,
        neededUntil: neededAtLeastUntil(sql`${sql.param(until, secrets.neededUntil)}`),
      })
      .where(
        and(
          eq(secrets.accountId, accountId),
          eq(secrets.id, credential.id),
          or(isNull(secrets.lastUsedAt), lte(secrets.lastUsedAt, minuteAgo)),
        ),
      ),
  )
}

/** Rows are locked in the order of their ids: two gateways that write at once never wait for each other in a circle. */
async function writeBatch(tx: Database, batch: Waiting): Promise<void> {
  const used = [...batch.secrets].map(([id, use]) => ({ id, usedAt: use.usedAt.toISOString(), ip: use.ip }))
  await tx.execute(sql`with used as (
      select s.account_id, s.id, u."usedAt", u.ip from ${secrets} s
      join jsonb_to_recordset(${JSON.stringify(used)}::text::jsonb) as u(id uuid, "usedAt" timestamptz, ip text) on u.id = s.id
      order by s.id for update of s)
    update ${secrets} s set last_used_at = used."usedAt", last_used_ip = used.ip from used
    where s.account_id = used.account_id and s.id = used.id and (s.last_used_at is null or s.last_used_at < used."usedAt")`)
  const issued = [...batch.apps].map(([id, usedAt]) => ({ id, usedAt: usedAt.toISOString() }))
  await tx.execute(sql`with used as (
      select a.account_id, a.id, u."usedAt" from ${apps} a
      join jsonb_to_recordset(${JSON.stringify(issued)}::text::jsonb) as u(id uuid, "usedAt" timestamptz) on u.id = a.id
      order by a.id for update of a)
    update ${apps} a set last_used_at = used."usedAt" from used
    where a.account_id = used.account_id and a.id = used.id and (a.last_used_at is null or a.last_used_at < used."usedAt")`)
}
