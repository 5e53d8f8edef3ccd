import { GraphQLError } from 'graphql'
import { isUnavailable } from '../database/index.ts'
import { errorCodes, Fault, type Result, type UserError } from '../result.ts'
import { builder } from './builder.ts'
import { shownMessage } from './shown-message.ts'

const ErrorCodeRef = builder.enumType('ErrorCode', { values: errorCodes })

export const UserErrorRef = builder.objectRef<UserError>('UserError').implement({
  description: 'A mistake in what was asked, for the caller to mend: which input, which rule, in words fit to show.',
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Where in the input: `["input", "scopes", "3"]`.' }),
    code: t.expose('code', { type: ErrorCodeRef }),
    message: t.exposeString('message'),
  }),
})

/** What a mutation answers: its values where it did what was asked, else nulls and the mistakes. */
export type Payload<T> = { [K in keyof T]: T[K] | null } & { errors: UserError[] }

/** What creating an app and rotating its secret answer for a refusal. */
export const NOT_ISSUED = {
  app: null,
  secret: null,
  clientSecret: null,
  clientSecretJwe: null,
  previousSecretExpiresAt: null,
} as const

/** @param none the payload's fields, all null, for a refusal */
export function payload<T, P extends object>(
  result: Result<T>,
  fields: (value: T) => P,
  none: { [K in keyof P]: null },
): Payload<P> {
  if (result.ok) return { ...fields(result.value), errors: [] }
  const errors = result.errors.map((error) => ({ ...error, path: ['input', ...error.path] }))
  return { ...(result.found === undefined ? none : fields(result.found)), errors }
}

/** Seconds. */
const RETRY_AFTER = 1

/** The codes of our own that reach this point as GraphQL's errors; the libraries' many others all mean a bad request. */
const shownCodes: ReadonlySet<unknown> = new Set(['OPERATION_NOT_ALLOWED', 'PAYLOAD_TOO_LARGE', 'INTERNAL'])

/**
 * What a caller is shown of an error that ended a field or an operation: a Fault with its code, a mistake in the request
 * as BAD_USER_INPUT, a database that is away as UNAVAILABLE, all else as INTERNAL with the request's id alone.
 *
 * @param onInternal told of the whole error, for the log, where it is nobody's mistake who asked
 */
export function shownError(
  error: unknown,
  requestId: string | null,
  onInternal: (error: unknown) => void,
): GraphQLError {
  const located = error instanceof GraphQLError ? error : null
  const cause = located ? located.originalError : error
  const place = { nodes: located?.nodes, source: located?.source, positions: located?.positions, path: located?.path }
  if (cause instanceof Fault)
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, ...cause.extensions } })
  if (located && (!cause || cause instanceof GraphQLError)) {
    const { code } = located.extensions
    const shown = shownCodes.has(code) ? code : 'BAD_USER_INPUT'
    return new GraphQLError(shownMessage(located), { ...place, extensions: { code: shown } })
  }
  onInternal(cause)
  if (isUnavailable(cause))
    return new GraphQLError('The database cannot answer at this moment. Try again in a while.', {
      ...place,
      extensions: { code: 'UNAVAILABLE', retryAfter: RETRY_AFTER },
    })
  return new GraphQLError('Something went wrong here. It is logged under this request id.', {
    ...place,
    extensions: { code: 'INTERNAL', requestId },
  })
}
