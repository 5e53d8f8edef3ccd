import type { IncomingMessage } from 'node:http'
import { mediaTypeOf } from './body.ts'
import { isForeignPage, isOwnHost, type OwnOrigins } from './own-origin.ts'

export type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> }

/**
 * What stands before every transport of /graphql (POST, GET, event stream, WebSocket): the libraries behind it are open
 * by default. Null lets pass.
 */
export function refusalOf(own: OwnOrigins, request: IncomingMessage): Refusal | null {
  if (!isOwnHost(own, request))
    return { status: 421, code: 'OPERATION_NOT_ALLOWED', message: 'This server does not answer to that host name.' }
  if (isForeignPage(own, request))
    return { status: 403, code: 'FORBIDDEN', message: 'Pages of other origins may not call this API.' }
  if (request.method === 'POST' && mediaTypeOf(request) !== 'application/json')
    return {
      status: 415,
      code: 'BAD_USER_INPUT',
      message: 'Send the request as application/json.',
      headers: { 'accept-post': 'application/json' },
    }
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity')
    return { status: 415, code: 'BAD_USER_INPUT', message: 'Send the body without Content-Encoding.' }
  return null
}
