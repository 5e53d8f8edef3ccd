import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { shownError } from '../graphql/errors.ts'
import { eventStream } from './event-stream.ts'
import type { ServerContext } from './graphql.ts'

/** What a subscription that could not begin answers over an event stream: only a status stops an EventSource. */
const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CURSOR_EXPIRED: 410,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}

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
      const shown = (error: unknown) => shownError(error, requestId, (internal) => onInternal(internal, requestId))
      const show = (one: ExecutionResult) =>
        one.errors ? { ...one, errors: one.errors.map(shown) as GraphQLError[] } : one
      if (Array.isArray(result)) return
      if (!isAsyncIterable(result)) {
        setResult(show(result as ExecutionResult))
        const wantsStream = request.headers.get('accept')?.includes('text/event-stream')
        if (wantsStream && !('data' in result)) setResultProcessor(refuseStream, 'application/json')
        return
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
  const code = String(errors?.[0]?.extensions.code)
  return new fetchAPI.Response(JSON.stringify({ errors }), {
    status: STATUS[code] ?? 400,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}

function isAsyncIterable(value: unknown): value is AsyncIterable<ExecutionResult> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
