import type { CombinedError } from 'urql'

/** A mistake in what was asked, as the API answers it. */
export type UserError = { code: string; message: string; path: readonly string[] }

/** The code of the first error that has one (`FORBIDDEN`, `RATE_LIMITED` …); null for a lost connection. */
export function codeOf(error: CombinedError | undefined): string | null {
  for (const { extensions } of error?.graphQLErrors ?? [])
    if (typeof extensions?.code === 'string') return extensions.code
  return null
}

/** The id under which the server's log has the details of a fault, or null. */
export function requestIdOf(error: CombinedError | undefined): string | null {
  for (const { extensions } of error?.graphQLErrors ?? [])
    if (typeof extensions?.requestId === 'string') return extensions.requestId
  return null
}

/** Seconds until one may try again, or null. */
export function retryAfterOf(error: CombinedError | undefined): number | null {
  for (const { extensions } of error?.graphQLErrors ?? [])
    if (typeof extensions?.retryAfter === 'number') return extensions.retryAfter
  return null
}

/**
 * What to say of one field: the message of the first mistake at it or below it.
 * @param field its place in the input: `name`, `scopes`
 */
export function messageFor(errors: readonly UserError[] | undefined, field: string): string | undefined {
  return errors?.find(({ path }) => path[1] === field)?.message
}

/** In words, for a place without a field of its own: a refusal, a lost connection, a fault. */
export function sentenceOf(error: CombinedError): string {
  if (error.networkError) return 'The server could not be reached. Nothing was changed, as far as this page knows.'
  const [first] = error.graphQLErrors
  const id = requestIdOf(error)
  if (codeOf(error) === 'INTERNAL')
    return `The server answered with a fault.${id ? ` Its log has the details under ${id}.` : ''}`
  return first?.message ?? 'The server refused.'
}
