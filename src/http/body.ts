import type { IncomingMessage } from 'node:http'

/** A body longer than its limit: HTTP 413. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/**
 * Reads a body whole, by its events: an async iterator is slower, and this is the hot path.
 * @param limit bytes @throws BodyTooLarge as soon as it is longer, with the rest unread; Error where the caller went away
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  let length = 0
  const refuse = () => {
    request.pause()
    reject(new BodyTooLarge())
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) refuse()
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > limit) refuse()
    else chunks.push(chunk)
  })
  request.on('end', () => resolve(Buffer.concat(chunks).toString()))
  request.on('error', reject)
  return promise
}

/** `application/json; charset=utf-8` → `application/json` */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
