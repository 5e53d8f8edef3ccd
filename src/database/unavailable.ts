/**
 * The database cannot do it at this moment: paused, gone, too busy, full or read-only. What was asked has not happened,
 * unless it was the answer to a COMMIT that got lost: then nobody knows. Later it may work.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

/**
 * PostgreSQL's codes (its appendix A) for what has nothing to do with the statement: connections, resources, cancelled or
 * out of time (57014), waited for a lock for too long, shut down, input and output, read-only after a failover.
 */
const PASSING = /^(08...|40003|53...|55P03|57014|57P..|58...|25006)$/
const WRITES = /^(25006|53100)$/
/** postgres.js's own, of a connection. */
const CONNECTION = /^CONNECT/

/**
 * What is passing about a driver's error, else the error as it is.
 * @param readOnly in a transaction that was meant to read, 25006 says that somebody tried to write: a mistake of ours
 */
export function asUnavailable(error: unknown, readOnly: boolean): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailable) return error
  const code = 'code' in error ? String(error.code) : ''
  if (readOnly && code === '25006') return error
  return PASSING.test(code) || isOfConnection(error) ? unavailable(error) : error
}

/** @param cause goes into the log alone */
export function unavailable(cause: Error): DatabaseUnavailable {
  return new DatabaseUnavailable('The database cannot do this at the moment.', { cause })
}

/** Whether the connection is of no use any more. */
export function isOfConnection(error: Error): boolean {
  const isFatal = 'severity' in error && (error.severity === 'FATAL' || error.severity === 'PANIC')
  return isFatal || 'syscall' in error || ('code' in error && CONNECTION.test(String(error.code)))
}

/** Whether what was thrown comes of that, however deep: Drizzle wraps the errors of queries. */
export function isUnavailable(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof DatabaseUnavailable)
}

/** Whether the database only takes no writes, being full or read-only: it can be read. */
export function takesNoWrites(error: unknown): boolean {
  return isUnavailable(error) && causesOf(error).some((cause) => 'code' in cause && WRITES.test(String(cause.code)))
}

/** The error itself first. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) causes.push(cause)
  return causes
}
