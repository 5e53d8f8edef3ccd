import type { Database } from '../database/index.ts'
import type { Catalogue } from '../scopes/index.ts'
import type { Issuer } from './access-token.ts'
import { isActive } from './is-active.ts'

/** Who asks about a token. */
export type IntrospectionAsker = {
  accountId: string
  /** Of a client that has authenticated itself: it may ask about its own tokens. */
  clientId: string | null
  /** Whether it may ask about all tokens of its account (`/chatelaine/tokens/introspect`). */
  mayIntrospect: boolean
}

/** RFC 7662 §2.2. `scope` is left out where there is none, as in the token itself. */
export type IntrospectionAnswer =
  | { active: false }
  | {
      active: true
      scope?: string
      client_id: string
      token_type: 'Bearer'
      exp: number
      iat: number
      sub: string
      aud: string
      iss: string
      jti: string
      account_id: string
    }

/** The permission as a scope, which a refusal names (RFC 6750 §3). */
export const INTROSPECTION_SCOPE = '/chatelaine/tokens/introspect'

/**
 * Whether a token holds at this moment, and what it stands for (RFC 7662 §2). Its scopes are those that it and the app
 * have: one taken from the app, or gone from the catalogue, is gone from the answer. What is none of the asker's business answers as what is none of
 * ours, to the letter.
 *
 * @throws Error where the database cannot tell: never "active" by default
 */
export async function introspect(
  db: Database,
  issuer: Issuer,
  catalogue: Catalogue,
  asker: IntrospectionAsker,
  token: string,
): Promise<IntrospectionAnswer> {
  const { active } = await isActive(db, issuer, token)
  const isOwn = active?.clientId === asker.clientId
  if (!active || !(isOwn || (asker.mayIntrospect && active.accountId === asker.accountId))) return { active: false }
  const scopes = active.scopes.filter((name) => catalogue.scope(name))
  return {
    active: true,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    client_id: active.clientId,
    token_type: 'Bearer',
    exp: active.expiresAt,
    iat: active.issuedAt,
    sub: active.clientId,
    aud: active.audience,
    iss: issuer.url,
    jti: active.id,
    account_id: active.accountId,
  }
}
