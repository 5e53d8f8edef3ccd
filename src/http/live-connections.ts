import { checkSessions, type SessionLimits } from '../accounts/index.ts'
import type { Caller } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { type Issuer, isActive } from '../tokens/index.ts'
import { appCaller, type Credential } from './caller.ts'

/** Rights are looked at anew this often: a stream ends within two seconds of the right to it. */
const CHECK_EVERY_MS = 1000
/** What is not known for longer is no right any more. */
const KNOWN_FOR_MS = 2000

/** Why a stream is ended: for good (clients stop), or so that a fresh credential may bring it back (docs/audit-feed.md). */
export type Ending = { code: 1012 | 1013 | 4401 | 4403; reason: string }
const GONE: Ending = { code: 4401, reason: 'Unauthorized' }
const CHANGED: Ending = { code: 4403, reason: 'Forbidden' }
/** Of all streams at once: this gateway stops. */
export const RESTARTING: Ending = { code: 1012, reason: 'Restarting' }
const UNKNOWN: Ending = { code: 1013, reason: 'Unavailable' }

/** In all: what waits unsent for one watcher is no more than its share of this. */
const UNSENT_IN_ALL = 268_435_456
const LEAST_SHARE = 16_384

export type FeedLimits = {
  /** Sockets and event streams together. Those of nobody count as one account's. */
  socketsPerAccount: number
  subscriptionsPerSocket: number
  /** What may wait unsent in memory for one watcher. */
  slowWatcherBytes: number
}

/** Streams that outlive the moment in which their credential was checked. */
export type LiveConnections = {
  /** @returns to be called when the stream has ended by itself; null where the account has as many as it may */
  add(credential: Credential, end: (ending: Ending) => void): (() => void) | null
  count(): number
  /** Bytes that may wait unsent for one watcher at this moment: fewer where many watch, so that memory is bounded in all. */
  unsentShare(): number
  /** Ends them all, with 1012: clients come back elsewhere. */
  close(): void
}

type Connection = { credential: Credential; end(ending: Ending): void }

/**
 * Ends the streams whose credential holds no more; all of them, with 1013, where that could not be looked at for more than
 * two seconds: there is nothing to tell anyway while the database is away.
 * @param onError told of a check that could not be made; the next one tries again
 */
export function watchConnections(
  db: Database,
  issuer: Issuer,
  limits: SessionLimits,
  { socketsPerAccount, slowWatcherBytes }: FeedLimits,
  onError: (error: unknown) => void,
): LiveConnections {
  const connections = new Set<Connection>()
  const counts = new Map<string | null, number>()
  let checking = false
  let knownAt = performance.now()

  const remove = (connection: Connection): boolean => {
    if (!connections.delete(connection)) return false
    const accountId = accountOf(connection.credential)
    const left = (counts.get(accountId) ?? 0) - 1
    if (left > 0) counts.set(accountId, left)
    else counts.delete(accountId)
    return true
  }
  const endAll = (ending: Ending) => {
    for (const connection of connections) if (remove(connection)) connection.end(ending)
  }
  const check = async () => {
    if (checking) return
    const startedAt = performance.now()
    if (connections.size === 0) {
      knownAt = startedAt
      return
    }
    checking = true
    try {
      const all = [...connections]
      const endingOf = await endings(db, issuer, limits, all)
      for (const connection of all) {
        const ending = endingOf(connection.credential)
        if (ending && remove(connection)) connection.end(ending)
      }
      knownAt = startedAt
    } catch (error) {
      onError(error)
      if (performance.now() - knownAt > KNOWN_FOR_MS) endAll(UNKNOWN)
    } finally {
      checking = false
    }
  }
  const timer = setInterval(() => void check(), CHECK_EVERY_MS)
  timer.unref()

  return {
    add(credential, end) {
      const accountId = accountOf(credential)
      const open = counts.get(accountId) ?? 0
      if (open >= socketsPerAccount) return null
      counts.set(accountId, open + 1)
      const connection = { credential, end }
      connections.add(connection)
      return () => remove(connection)
    },
    count: () => connections.size,
    unsentShare: () => Math.min(slowWatcherBytes, Math.max(LEAST_SHARE, Math.floor(UNSENT_IN_ALL / connections.size))),
    close() {
      clearInterval(timer)
      endAll(RESTARTING)
    },
  }
}

/** One look for all sessions, one for each token: whose streams have to end. */
async function endings(db: Database, issuer: Issuer, limits: SessionLimits, connections: readonly Connection[]) {
  const ids = new Set(connections.flatMap(({ credential }) => credential.sessionId ?? []))
  const tokens = new Set(connections.flatMap(({ credential }) => credential.accessToken ?? []))
  const sessionStates = ids.size > 0 ? await checkSessions(db, [...ids], limits) : new Map()
  const tokenStates = new Map(
    await Promise.all([...tokens].map(async (token) => [token, await isActive(db, issuer, token)] as const)),
  )
  return ({ caller, sessionId, accessToken }: Credential): Ending | null => {
    if (sessionId !== null) {
      const session = sessionStates.get(sessionId)
      if (!session) return GONE
      const same = session.accountId === caller?.accountId && session.role === caller?.role
      return session.over || !same ? CHANGED : null
    }
    const state = accessToken === null ? undefined : tokenStates.get(accessToken)
    if (!state || !caller) return null
    if (!state.active) return state.forGood ? GONE : CHANGED
    return havePermissionsShrunk(caller, appCaller(state.active, caller.origin)) ? CHANGED : null
  }
}

function accountOf({ caller }: Credential): string | null {
  return caller?.accountId ?? null
}

function havePermissionsShrunk(before: Caller, now: Caller): boolean {
  return [...before.permissions].some((permission) => !now.permissions.has(permission))
}
