import type { GraphQLError } from 'graphql'

const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  OPERATION_NOT_ALLOWED: 405,
  CURSOR_EXPIRED: 410,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}

/** How a request that an error left without an answer is answered: 400 for what has no status of its own. */
export function statusOfError({ extensions }: GraphQLError): { status: number; headers: Record<string, string> } {
  const { code, retryAfter } = extensions
  const status = STATUS[String(code)] ?? 400
  return { status, headers: status === 503 || status === 429 ? { 'retry-after': String(retryAfter ?? 1) } : {} }
}

/** Of errors that may be shown. */
export function isForLater({ extensions }: GraphQLError): boolean {
  return extensions.code === 'UNAVAILABLE'
}
