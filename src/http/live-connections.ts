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
const RESTARTING: Ending = { code: 1012, reason: 'Restarting' }
const UNKNOWN: Ending = { code: 1013, reason: 'Unavailable' }

/** Streams that outlive the moment in which their credential was checked. */
export type LiveConnections = {
  /** @returns to be called when the stream has ended by itself */
  add(credential: Credential, end: (ending: Ending) => void): () => void
  count(): number
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
  onError: (error: unknown) => void,
): LiveConnections {
  const connections = new Set<Connection>()
  let checking = false
  let knownAt = performance.now()

  const endAll = (ending: Ending) => {
    for (const { end } of connections) end(ending)
    connections.clear()
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
        if (ending && connections.delete(connection)) connection.end(ending)
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
      const connection = { credential, end }
      connections.add(connection)
      return () => connections.delete(connection)
    },
    count: () => connections.size,
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

function havePermissionsShrunk(before: Caller, now: Caller): boolean {
  return [...before.permissions].some((permission) => !now.permissions.has(permission))
}
