import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { shownError } from '../graphql/errors.ts'
import { Fault, type FaultCode } from '../result.ts'
import { eventStream } from './event-stream.ts'
import type { ServerContext } from './server-context.ts'

/**
 * What a request without a result answers; 400 for all other codes. So does a subscription that could not begin, over an
 * event stream: only a status stops an EventSource.
 */
const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  OPERATION_NOT_ALLOWED: 405,
  CURSOR_EXPIRED: 410,
  PAYLOAD_TOO_LARGE: 413,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}
/** What yoga refuses by itself, told by its status. */
const CODE: Record<number, FaultCode> = { 405: 'OPERATION_NOT_ALLOWED', 413: 'PAYLOAD_TOO_LARGE' }
/** Yoga's word for the answer's status, inside an error; yoga takes it out before it sends the answer, nobody else does. */
type Http = { status?: number }

/**
 * How results leave over HTTP: errors as they may be shown, subscriptions as an event stream with ids.
 * @param onInternal told of errors that are shown as INTERNAL, with the request's id
 */
export function useAnswers(
  onInternal: (error: unknown, requestId: string | null) => void,
): Plugin<object, ServerContext> {
  return {
    onResultProcess({ request, result, setResult, setResultProcessor, serverContext }) {
      const { requestId } = serverContext.origin
      const shown = (error: GraphQLError) => {
        const code = CODE[httpOf(error)?.status ?? 0]
        const known = code ? new Fault(code, error.message) : error
        return shownError(known, requestId, (internal) => onInternal(internal, requestId))
      }
      const show = (one: ExecutionResult) => (one.errors ? { ...one, errors: one.errors.map(shown) } : one)
      if (Array.isArray(result)) return
      if (!isAsyncIterable(result)) {
        const answer = show(result as ExecutionResult)
        if (request.headers.get('accept')?.includes('text/event-stream')) {
          setResult(answer)
          if (!('data' in result)) setResultProcessor(refuseStream, 'application/json')
          return
        }
        const found = (result as ExecutionResult).errors
        const hasData = 'data' in result
        return setResult({
          ...answer,
          errors: answer.errors?.map((error, at) => withHttp(error, found?.[at], hasData)),
        })
      }
      setResultProcessor((results, fetchAPI) => {
        const stream = eventStream(
          results as AsyncIterable<ExecutionResult>,
          (one) => JSON.stringify(show(one)),
          () => serverContext.feedCursor,
          serverContext.watch,
        )
        return new fetchAPI.Response(stream, {
          headers: {
            'content-type': 'text/event-stream',
            'cache-control': 'no-cache, no-transform',
            'x-accel-buffering': 'no',
          },
        })
      }, 'text/event-stream')
    },
  }
}

type RefuseStream = Parameters<Parameters<NonNullable<Plugin['onResultProcess']>>[0]['setResultProcessor']>[0]

const refuseStream: RefuseStream = (result, fetchAPI) => {
  const { errors } = result as ExecutionResult
  return new fetchAPI.Response(JSON.stringify({ errors }), {
    status: statusOf(errors?.[0]),
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}

function statusOf(shown: GraphQLError | undefined): number {
  return STATUS[String(shown?.extensions.code)] ?? 400
}

function httpOf(error: unknown): Http | undefined {
  return error instanceof GraphQLError ? (error.extensions.http as Http | undefined) : undefined
}

/** @param found the same error as yoga had it, with its own idea of the status where it has one */
function withHttp(shown: GraphQLError, found: unknown, hasData: boolean): GraphQLError {
  const http = httpOf(found) ?? (hasData ? undefined : { status: statusOf(shown) })
  const { message, nodes, source, positions, path, extensions } = shown
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, http } })
}

function isAsyncIterable(value: unknown): value is AsyncIterable<ExecutionResult> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
