/**
 * RFC 6749 §5.2, RFC 8707 §2 (invalid_target) and RFC 6750 §3.1 (of bearers); the last is RFC 6749 §4.1.2.1's, for what is
 * our fault.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'temporarily_unavailable'

/** A refusal in OAuth's own form. The description is fit to show: printable ASCII without `"` and `\` (RFC 6749 §5.2). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  /** insufficient_scope: the one that would do (RFC 6750 §3). */
  readonly scope: string | null
  /** Seconds to wait: too many failed attempts before this one, which is answered 429 for it (RFC 6585 §4). */
  readonly retryAfter: number | null

  constructor(code: OAuthErrorCode, description: string, details: { scope?: string; retryAfter?: number | null } = {}) {
    super(description)
    this.code = code
    this.scope = details.scope ?? null
    this.retryAfter = details.retryAfter ?? null
  }
}
