import type { ExecutionResult } from 'graphql'

const PING_EVERY_MS = 12_000
const text = new TextEncoder()

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}
/**
 * A whole stream, for an EventSource that is to come back later: after any status it would come back never again. It keeps
 * its Last-Event-ID.
 */
export const COME_BACK = 'retry: 2000\n\n'

/**
 * GraphQL over server-sent events (distinct connections mode), with an `id:` for each message, so that an EventSource
 * resumes with Last-Event-ID. Yoga's own writes none.
 *
 * @param stringify null cuts the stream off: the client is to come back
 * @param cursorOf the feed's cursor at the message just made
 * @param watch told how to end the stream from outside; returns what to call at its own end
 * @param onError told of what ended the stream, where it could not be read on
 */
export function eventStream(
  results: AsyncIterable<ExecutionResult>,
  stringify: (result: ExecutionResult) => string | null,
  cursorOf: () => string | null,
  watch: (end: () => void) => () => void,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = results[Symbol.asyncIterator]()
  let ping: ReturnType<typeof setInterval>
  let cut = false
  let left = false
  let unwatch = () => {}
  const close = async () => {
    clearInterval(ping)
    unwatch()
    // Uncaught, one client's disconnect would end the process.
    await iterator.return?.().catch(() => {})
  }
  return new ReadableStream({
    start(controller) {
      unwatch = watch(() => {
        cut = true
        void close()
      })
      controller.enqueue(text.encode(':\n\n'))
      ping = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(text.encode(':\n\n'))
      }, PING_EVERY_MS)
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next()
        const data = done ? null : stringify(value)
        if (data !== null) {
          const cursor = cursorOf()
          controller.enqueue(text.encode(`${cursor ? `id: ${cursor}\n` : ''}event: next\ndata: ${data}\n\n`))
          return
        }
        // `complete` would tell the client that there is no more; one that was cut off comes back, and meets a status.
        if (done && !cut) controller.enqueue(text.encode('event: complete\ndata:\n\n'))
        controller.close()
      } catch (error) {
        if (left) return
        onError(error)
        controller.close() // cut off; an error of the stream's own would end the process
      }
      await close()
    },
    cancel() {
      left = true
      return close()
    },
  })
}
