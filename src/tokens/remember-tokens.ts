import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Database } from '../database/index.ts'
import type { Catalogue } from '../scopes/index.ts'
import type { Issuer } from './access-token.ts'
import { followAuthSequences } from './auth-sequences.ts'
import { type ActiveToken, stateOf } from './is-active.ts'
import { type AccessTokenClaims, readAccessToken } from './read-access-token.ts'

const MAX_TOKENS = 50_000
const MAX_BYTES = 67_108_864
/** What one takes in memory, apart from the names of scopes. */
const BYTES_OF_ONE = 1500

/** Tokens that were found to hold, so that most of their requests ask no database. */
export type RememberedTokens = {
  /**
   * As isActive, with the catalogue's scopes alone; but what ends a token may be known here 2 seconds after it, where
   * another process has done it and its signal was lost. The removal of a signing key takes up to 5 seconds, as everywhere.
   * @returns null for what does not hold
   * @throws DatabaseUnavailable, Fault UNAVAILABLE where that cannot be known
   */
  check(token: string): Promise<ActiveToken | null>
  /** To be called where an account's history has grown: what its tokens are worth is asked anew where that may matter. */
  heard(accountId: string): void
  /** Lets what is under way finish. */
  close(): Promise<void>
}

type Known = {
  claims: AccessTokenClaims
  keyId: string
  /** What it stood for while the account's auth_sequence was this. */
  verdict: { sequence: number; active: ActiveToken } | null
}

/**
 * Remembers tokens by their SHA-256, those used last: what was verified once stays verified while its key is there, and
 * what it stands for while the account's auth_sequence stands still. That is read before the token's state, never after:
 * what happens between the two is then asked for again.
 *
 * @param onError told of readings that failed
 */
export function rememberTokens(
  db: Database,
  issuer: Issuer,
  catalogue: Catalogue,
  onError: (error: unknown) => void,
): RememberedTokens {
  const tokens = new LRUCache<string, Known>({ max: MAX_TOKENS, maxSize: MAX_BYTES, sizeCalculation: sizeOf })
  const sequences = followAuthSequences(db, onError)

  const verify = async (token: string): Promise<Known | null> => {
    const { claims, keyId } = await readAccessToken(issuer, token)
    return claims ? { claims, keyId, verdict: null } : null
  }
  const isOver = ({ claims }: Known) => claims.exp * 1000 <= sequences.now()

  return {
    async check(token) {
      const key = hash('sha256', token, 'base64url')
      const known = tokens.get(key) ?? (await verify(token))
      if (!known) return null
      const sequence = await sequences.current(known.claims.account_id)
      const holds = !isOver(known) && (await issuer.keys.find(known.keyId)) !== null
      if (holds && known.verdict?.sequence === sequence) return known.verdict.active
      const { active } = holds ? await stateOf(db, known.claims) : { active: null }
      if (!active) {
        tokens.delete(key)
        return null
      }
      const scopes = active.scopes.filter((name) => catalogue.scope(name))
      const verdict = { sequence, active: { ...active, scopes } }
      tokens.set(key, { ...known, verdict })
      return verdict.active
    },
    heard: sequences.heard,
    close: sequences.close,
  }
}

function sizeOf({ claims, verdict }: Known): number {
  const scopes = verdict?.active.scopes ?? []
  return BYTES_OF_ONE + (claims.scope?.length ?? 0) + scopes.reduce((sum, name) => sum + name.length + 32, 0)
}
