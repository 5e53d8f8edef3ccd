/** An error as the log may hold it: type, message, code and stack, of its causes too, and never a query's parameters. */
export type LoggedError = { type: string; message: string; code?: unknown; stack?: string; cause?: LoggedError }

const MAX_CAUSES = 5

/**
 * Drizzle puts a query's bound parameters into its error's message, stack and fields: secrets, tokens and hashes are
 * among them. PostgreSQL's own `detail` names values too. So nothing goes into a log but what is named here.
 */
export function safeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is no Error was thrown' }
  const isQuery = 'query' in error && 'params' in error
  const cause = error.cause !== undefined && depth < MAX_CAUSES ? safeError(error.cause, depth + 1) : undefined
  return {
    type: error.constructor.name,
    message: isQuery ? 'a query failed' : error.message,
    ...('code' in error && { code: error.code }),
    ...(error.stack && { stack: framesOf(error.stack) }),
    ...(cause && { cause }),
  }
}

/** The stack without its first lines, which repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
