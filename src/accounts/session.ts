import { createHash, randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { type Caller, type Origin, permissionsOf, type Role } from '../caller.ts'
import { type Database, inSystem, rows, sessions, takesNoWrites } from '../database/index.ts'

/** Seconds: without use, and in all. */
export type SessionLimits = { sessionIdle: number; sessionMax: number }

const PREFIX = 'chs_'
/** Written no oftener than this while a session is used. */
const SEEN_EVERY_MS = 60_000

/** A new session token: `chs_` and 256 random bits. Only its SHA-256 is stored, which suffices for random bits. */
export function mintSessionToken(): { token: string; tokenHash: Uint8Array } {
  const token = PREFIX + randomBytes(32).toString('base64url')
  return { token, tokenHash: hashOf(token) }
}

/** Whether a bearer token claims to be a session's: all else is an access token. */
export function isSessionToken(token: string): boolean {
  return token.startsWith(PREFIX)
}

type SessionRow = {
  session_id: string
  account_id: string
  user_id: string
  email: string
  role: Role
  last_seen_at: Date | string
  expires_at: Date | string
  now: Date | string
}

export type Session = { id: string; caller: Caller }

/**
 * Who a session token stands for: one query. Use keeps it from going idle.
 * @returns null for a token that is unknown, over (idle, or past its absolute end), or whose person has left the account
 */
export async function findSession(
  db: Database,
  token: string,
  origin: Origin,
  limits: SessionLimits,
): Promise<Session | null> {
  const [row] = await rows<SessionRow>(
    db,
    sql`select * from find_session(${sql.param(hashOf(token), sessions.tokenHash)})`,
  )
  if (!row) return null
  const now = new Date(row.now).getTime()
  const idleSince = now - new Date(row.last_seen_at).getTime()
  if (now >= new Date(row.expires_at).getTime() || idleSince >= limits.sessionIdle * 1000) return null
  if (idleSince >= SEEN_EVERY_MS) await keepFromIdling(db, row.session_id, new Date(now))
  const caller: Caller = {
    accountId: row.account_id,
    actor: { type: 'USER', id: row.user_id, name: row.email },
    role: row.role,
    permissions: new Set(permissionsOf(row.role)),
    scopes: null,
    credential: null,
    origin,
  }
  return { id: row.session_id, caller }
}

/** A database that takes no writes at the moment (full, read-only) still lets people read. */
async function keepFromIdling(db: Database, sessionId: string, lastSeenAt: Date): Promise<void> {
  const seen = inSystem(db, (tx) => tx.update(sessions).set({ lastSeenAt }).where(eq(sessions.id, sessionId)))
  await seen.catch((error: unknown) => {
    if (!takesNoWrites(error)) throw error
  })
}

function hashOf(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token).digest())
}
