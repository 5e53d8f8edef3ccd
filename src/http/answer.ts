import type { ServerResponse } from 'node:http'

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
  answerJson(response, status, { errors: [{ message, extensions: { code } }] }, headers)
}
