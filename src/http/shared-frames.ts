import type { ExecutionResult, GraphQLError } from 'graphql'
import type { WebSocket } from 'ws'
import type { Stream } from '../audit/index.ts'

const DONE = { done: true, value: undefined } as const

/** Where a subscription's messages go, and what may be shown there of an error. */
export type FrameTarget = { socket: WebSocket; id: string; showError(error: unknown): GraphQLError }

/**
 * Sends a subscription's results itself, as graphql-ws would, but that a result which several subscribers share is made
 * into JSON once for all of them. The library is handed an iterable that says nothing until the end: it keeps the
 * handshake, the ids, the errors and `complete`.
 *
 * @param unsentShare bytes that a socket may have unsent before its subscriptions wait for it: a slow watcher sets its own
 *   pace, and costs this much
 */
export function createFrames(
  unsentShare: () => number,
): (target: FrameTarget, results: Stream<ExecutionResult>) => AsyncIterableIterator<never> {
  const payloads = new WeakMap<ExecutionResult, Buffer>()
  const payloadOf = (result: ExecutionResult, { showError }: FrameTarget) => {
    // An error names the request that it is shown to.
    if (result.errors) return Buffer.from(`${JSON.stringify({ ...result, errors: result.errors.map(showError) })}}`)
    const made = payloads.get(result) ?? Buffer.from(`${JSON.stringify(result)}}`)
    payloads.set(result, made)
    return made
  }

  return (target, results) => {
    const { socket, id } = target
    const prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
    const { promise: ended, resolve, reject } = Promise.withResolvers<IteratorResult<never>>()
    const sendOne = (result: ExecutionResult) =>
      send(socket, Buffer.concat([prefix, payloadOf(result, target)]), unsentShare())
    let running = false
    return {
      next() {
        if (!running) results.each(sendOne).then(() => resolve(DONE), reject)
        running = true
        return ended
      },
      async return() {
        await results.return?.()
        resolve(DONE)
        return DONE
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}

/** @returns when the next message may follow. A socket that is gone takes it and loses it: its close ends the subscription. */
function send(socket: WebSocket, frame: Buffer, maxUnsent: number): Promise<void> | void {
  if (socket.bufferedAmount + frame.length < maxUnsent) return socket.send(frame, { binary: false })
  return new Promise((resolve) => socket.send(frame, { binary: false }, () => resolve()))
}
