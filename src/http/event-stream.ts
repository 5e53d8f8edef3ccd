import type { ExecutionResult } from 'graphql'

const PING_EVERY_MS = 12_000
const text = new TextEncoder()

/**
 * GraphQL over server-sent events (distinct connections mode), with an `id:` for each message, so that an EventSource
 * resumes with Last-Event-ID. Yoga's own writes none.
 *
 * @param cursorOf the feed's cursor at the message just made
 * @param watch told how to end the stream from outside; returns what to call at its own end
 */
export function eventStream(
  results: AsyncIterable<ExecutionResult>,
  stringify: (result: ExecutionResult) => string,
  cursorOf: () => string | null,
  watch: (end: () => void) => () => void,
): ReadableStream<Uint8Array> {
  const iterator = results[Symbol.asyncIterator]()
  let ping: ReturnType<typeof setInterval>
  let cut = false
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
        if (!done) {
          const cursor = cursorOf()
          controller.enqueue(
            text.encode(`${cursor ? `id: ${cursor}\n` : ''}event: next\ndata: ${stringify(value)}\n\n`),
          )
          return
        }
        // `complete` would tell the client that there is no more; one that was cut off comes back, and meets a status.
        if (!cut) controller.enqueue(text.encode('event: complete\ndata:\n\n'))
        controller.close()
      } catch (error) {
        controller.error(error)
      }
      await close()
    },
    cancel: close,
  })
}
