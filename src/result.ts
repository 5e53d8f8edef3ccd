/** What a caller can mend: which part of the input broke which rule, in words fit to show. */
export type UserError = { path: string[]; code: ErrorCode; message: string }

export const errorCodes = [
  'REQUIRED',
  'TOO_SHORT',
  'TOO_LONG',
  'OUT_OF_RANGE',
  'INVALID_FORMAT',
  'UNKNOWN_SCOPE',
  'DUPLICATE',
  'TOO_MANY_SCOPES',
  'TOO_MANY_SECRETS',
  'NOTHING_TO_UNDO',
  'SECRET_ALREADY_SHOWN',
  'IDEMPOTENCY_KEY_REUSED',
  'TOO_MANY_KEYS',
  'LAST_OWNER',
  'ALREADY_MEMBER',
  'NOT_FOUND',
  'CONFLICT',
  'INVALID_CREDENTIALS',
] as const
export type ErrorCode = (typeof errorCodes)[number]

/**
 * What a mutation of the domain answers: a value, or every mistake in its input at once. `found` goes with a CONFLICT
 * and with SECRET_ALREADY_SHOWN: the thing as it is now.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; errors: UserError[]; found?: T }

/** A result with one mistake. Inside a transaction it stands before the first write: a returned refusal commits. */
export function refuse(code: ErrorCode, path: string[], message: string): { ok: false; errors: UserError[] } {
  return { ok: false, errors: [{ path, code, message }] }
}

export type FaultCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'BAD_USER_INPUT'
  | 'COMPLEXITY_EXCEEDED'
  | 'PAYLOAD_TOO_LARGE'
  | 'OPERATION_NOT_ALLOWED'
  | 'ACCOUNT_CHANGED'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'

/**
 * What no other input of this mutation or field would mend, thrown: it ends in a top-level error with `extensions.code`.
 * The message is fit to show to the caller; anything else that is thrown is shown as INTERNAL.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly extensions: Record<string, unknown>

  constructor(code: FaultCode, message: string, extensions: Record<string, unknown> = {}) {
    super(message)
    this.code = code
    this.extensions = extensions
  }
}
