/** RFC 6750 §3: of a request without any credential, no error is named. */
export const BEARER_CHALLENGE = 'Bearer realm="chatelaine"'

/**
 * Why a bearer was refused (RFC 6750 §3).
 * @param scope insufficient_scope: one that would do
 */
export function bearerChallenge(error: string, scope: string | null = null): string {
  return [BEARER_CHALLENGE, `error="${error}"`, ...(scope === null ? [] : [`scope="${scope}"`])].join(', ')
}

/** The token of an Authorization header (RFC 6750 §2.1); null for what is anything else, or more than one. */
export function bearerTokenOf(authorization: string): string | null {
  return /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1] ?? null
}
