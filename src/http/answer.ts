import type { ServerResponse } from 'node:http'

const OF_GRAPHQL = 'application/graphql-response+json'

/** Sends JSON, whole. @param headers lower-case names */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | number | string[]> = {},
): void {
  const text = JSON.stringify(body) // as a string, so that it leaves with the headers in one write
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

/** A refusal before GraphQL, in GraphQL's form, so that a client has one way to read errors. */
export function answerGraphQLError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string | number> = {},
): void {
  answerGraphQLErrors(response, status, [{ message, extensions: { code } }], headers)
}

/**
 * Errors in GraphQL's form and, for a client that reads it, of its media type: of any other, such a client reads no body
 * but that of a 2xx (GraphQL over HTTP §6.4), and Apollo Client would show a status in place of the errors.
 */
export function answerGraphQLErrors(
  response: ServerResponse,
  status: number,
  errors: readonly object[],
  headers: Record<string, string | number> = {},
): void {
  const type = response.req.headers.accept?.includes(OF_GRAPHQL) ? OF_GRAPHQL : 'application/json'
  answerJson(response, status, { errors }, { 'content-type': `${type}; charset=utf-8`, ...headers })
}
