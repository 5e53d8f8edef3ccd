/** RFC 6749 §5.2, and RFC 8707 §2; the last is RFC 6749 §4.1.2.1's, for what is our fault. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'

/** A refusal in OAuth's own form. The description is fit to show: printable ASCII without `"` and `\` (RFC 6749 §5.2). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode

  constructor(code: OAuthErrorCode, description: string) {
    super(description)
    this.code = code
  }
}
