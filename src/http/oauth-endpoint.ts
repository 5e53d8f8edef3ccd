import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault } from '../result.ts'
import { OAuthError, type OAuthErrorCode } from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { BodyTooLarge } from './body.ts'

const STATUS: Record<OAuthErrorCode, number> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
}
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

/**
 * Runs one of the /oauth/… endpoints: POST alone, errors in OAuth's own form (RFC 6749 §5.2), nothing stored by caches.
 * @param onError told of what is no refusal; the caller is told 503
 */
export async function handleOAuth(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  if (request.method !== 'POST') {
    const body = { error: 'invalid_request', error_description: 'This endpoint takes POST.' }
    return answerJson(response, 405, body, { ...NO_STORE, allow: 'POST' })
  }
  try {
    await endpoint()
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) onError(error)
    const { code, message } = refusal ?? {
      code: 'temporarily_unavailable',
      message: 'The server cannot answer at this moment.',
    }
    answerJson(
      response,
      error instanceof BodyTooLarge ? 413 : STATUS[code],
      { error: code, error_description: message },
      {
        ...NO_STORE,
        ...(code === 'invalid_client' && { 'www-authenticate': 'Basic realm="chatelaine", charset="UTF-8"' }),
        ...(code === 'temporarily_unavailable' && { 'retry-after': retryAfterOf(error) }),
        ...(error instanceof BodyTooLarge && { connection: 'close' }),
      },
    )
  }
}

function refusalOf(error: unknown): { code: OAuthErrorCode; message: string } | null {
  if (error instanceof OAuthError) return error
  if (error instanceof BodyTooLarge) return { code: 'invalid_request', message: 'The body is longer than 64 KiB.' }
  if (error instanceof Fault && error.code === 'UNAVAILABLE')
    return { code: 'temporarily_unavailable', message: error.message }
  return null
}

/** Seconds. */
function retryAfterOf(error: unknown): number {
  const given = error instanceof Fault ? error.extensions.retryAfter : undefined
  return typeof given === 'number' ? given : 1
}
