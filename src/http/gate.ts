import type { IncomingMessage } from 'node:http'
import { mediaTypeOf } from './body.ts'
import { isOwnHost, type Origins, type Sender, senderOf } from './own-origin.ts'

export type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> }

/**
 * What stands before every transport of /graphql (POST, GET, event stream, WebSocket): the libraries behind it are open
 * by default.
 */
export function passGate(origins: Origins, request: IncomingMessage): { sender: Sender } | { refusal: Refusal } {
  if (!isOwnHost(origins, request))
    return refuse(421, 'OPERATION_NOT_ALLOWED', 'This server does not answer to that host name.')
  const sender = senderOf(origins, request)
  if (sender === 'foreign-page') return refuse(403, 'FORBIDDEN', 'Pages of other origins may not call this API.')
  if (request.method === 'POST' && mediaTypeOf(request) !== 'application/json')
    return refuse(415, 'BAD_USER_INPUT', 'Send the request as application/json.', { 'accept-post': 'application/json' })
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return refuse(415, 'BAD_USER_INPUT', 'Send the body without Content-Encoding.')
  return { sender }
}

function refuse(status: number, code: string, message: string, headers?: Record<string, string>) {
  return { refusal: { status, code, message, headers } }
}
