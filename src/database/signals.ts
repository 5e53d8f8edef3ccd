import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import type { Database } from './connect.ts'

const CHANNEL = 'chatelaine_audit'
const GATHER_MS = 5
/** A NOTIFY carries less than 8,000 bytes. */
const IDS_PER_SIGNAL = 200

/**
 * How gateways tell one another which accounts' histories have grown. A signal may be lost; it then costs no more than the
 * wait for the next sweep.
 */
export type Signals = {
  /** Tells the other gateways, with all that comes within the next 5 ms: after the commit, as often as need be. */
  send(accountId: string): void
  /**
   * @param onSignal told of accounts that another gateway has signalled
   * @param onError told where nothing will be heard for now
   */
  listen(onSignal: (accountIds: string[]) => void, onError: (error: unknown) => void): void
  close(): Promise<void>
}

/**
 * By PostgreSQL's NOTIFY, outside the transactions that it tells of: in them it would hold one lock for the whole database
 * at each commit, which took the throughput of audited writes on 100 accounts to about a third. The connection that
 * listens comes back by itself, after growing, jittered waits (postgres.js does that). Behind a pooler without LISTEN
 * nothing is heard, and the sweep finds what others wrote.
 */
export function postgresSignals(url: string, db: Database): Signals {
  const self = randomUUID()
  let gathered = new Set<string>()
  let listener: postgres.Sql | null = null

  const notify = () => {
    const ids = [...gathered]
    gathered = new Set()
    for (let from = 0; from < ids.length; from += IDS_PER_SIGNAL) {
      const signal = JSON.stringify({ from: self, accounts: ids.slice(from, from + IDS_PER_SIGNAL) })
      db.execute(sql`select pg_notify(${CHANNEL}, ${signal})`).catch(() => {}) // lost, as a signal may be
    }
  }
  return {
    send(accountId) {
      if (gathered.size === 0) setTimeout(notify, GATHER_MS)
      gathered.add(accountId)
    },
    listen(onSignal, onError) {
      listener = postgres(url, {
        max: 1,
        fetch_types: false,
        connection: { application_name: 'chatelaine', role: 'chatelaine_gateway' },
        onnotice: () => {},
      })
      const heard = (text: string) => {
        const signal = parseSignal(text)
        if (signal && signal.from !== self) onSignal(signal.accounts)
      }
      listener.listen(CHANNEL, heard).catch(onError)
    },
    close: async () => listener?.end({ timeout: 1 }),
  }
}

/** The embedded database serves one process: there is nobody to tell. */
export const noSignals: Signals = { send: () => {}, listen: () => {}, close: async () => {} }

/** @returns null for what no gateway sent: whoever may connect to the database may notify */
function parseSignal(text: string): { from: string; accounts: string[] } | null {
  try {
    const { from, accounts } = JSON.parse(text) as { from?: unknown; accounts?: unknown }
    if (typeof from !== 'string' || !Array.isArray(accounts)) return null
    return { from, accounts: accounts.filter((id) => typeof id === 'string') }
  } catch {
    return null
  }
}
