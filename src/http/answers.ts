import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { shownError } from '../graphql/errors.ts'
import { Fault, type FaultCode } from '../result.ts'
import { COME_BACK, eventStream, STREAM_HEADERS } from './event-stream.ts'
import type { ServerContext } from './server-context.ts'
import { isForLater, statusOfError } from './status-of-error.ts'

/** What yoga refuses by itself, told by its status. */
const CODE: Record<number, FaultCode> = { 405: 'OPERATION_NOT_ALLOWED', 413: 'PAYLOAD_TOO_LARGE' }
const TOO_MANY = new Fault('RATE_LIMITED', 'The account has as many sockets and streams open as it may.', {
  retryAfter: 60,
})
/** Yoga's word for the answer's status, inside an error; yoga takes it out before it sends the answer, nobody else does. */
type Http = { status?: number; headers?: Record<string, string> }

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
          if (!('data' in result)) setResultProcessor(refuseStream(request.method), 'application/json')
          return
        }
        const found = (result as ExecutionResult).errors
        const hasAnswer = 'data' in result && !isAllForLater(answer)
        return setResult({
          ...answer,
          errors: answer.errors?.map((error, at) => withHttp(error, found?.[at], hasAnswer)),
        })
      }
      const watch = placeFor(serverContext)
      if (!watch) {
        void (result as AsyncIterableIterator<ExecutionResult>).return?.()
        setResult({ errors: [shownError(TOO_MANY, requestId, () => {})] })
        setResultProcessor(refuseStream(request.method), 'application/json')
        return
      }
      setResultProcessor((results, fetchAPI) => {
        const stream = eventStream(
          results as AsyncIterable<ExecutionResult>,
          (one) => {
            const told = show(one)
            // Half an event would count as told: cut off, the client comes back for the whole of it.
            return told.errors?.some(isForLater) ? null : JSON.stringify(told)
          },
          () => serverContext.feedCursor,
          watch,
          (error) => void shownError(error, requestId, (internal) => onInternal(internal, requestId)),
        )
        return new fetchAPI.Response(stream, { headers: STREAM_HEADERS })
      }, 'text/event-stream')
    },
  }
}

/**
 * Takes a stream's place among the account's, before its first byte.
 * @returns what tells of its end; null where the account has as many as it may
 */
function placeFor({ watch }: ServerContext): ((end: () => void) => () => void) | null {
  let ended = false
  let end = () => {
    ended = true
  }
  const leave = watch(() => end())
  if (!leave) return null
  return (whenEnded) => {
    end = whenEnded
    if (ended) whenEnded()
    return leave
  }
}

type RefuseStream = Parameters<Parameters<NonNullable<Plugin['onResultProcess']>>[0]['setResultProcessor']>[0]

/** A subscription that could not begin is answered with a status: only that stops an EventSource (which uses GET). */
function refuseStream(method: string): RefuseStream {
  return (result, fetchAPI) => {
    const [error = new GraphQLError('There is no result.')] = (result as ExecutionResult).errors ?? []
    if (method === 'GET' && isForLater(error)) return new fetchAPI.Response(COME_BACK, { headers: STREAM_HEADERS })
    const { status, headers } = statusOfError(error)
    const body = JSON.stringify({ errors: (result as ExecutionResult).errors })
    return new fetchAPI.Response(body, {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    })
  }
}

/** Nothing of it was answered, and the same request may be answered later. */
function isAllForLater({ data, errors }: ExecutionResult): boolean {
  if (!errors?.every(isForLater)) return false
  return Object.values(data ?? {}).every((value) => value === null)
}

function httpOf(error: unknown): Http | undefined {
  return error instanceof GraphQLError ? (error.extensions.http as Http | undefined) : undefined
}

/** @param found the same error as yoga had it, with its own idea of the status where it has one */
function withHttp(shown: GraphQLError, found: unknown, hasAnswer: boolean): GraphQLError {
  const http = httpOf(found) ?? (hasAnswer ? undefined : statusOfError(shown))
  const { message, nodes, source, positions, path, extensions } = shown
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, http } })
}

function isAsyncIterable(value: unknown): value is AsyncIterable<ExecutionResult> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
