import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionLimits } from '../accounts/index.ts'
import type { ClientInstance, UseLog } from '../apps/index.ts'
import type { Origin } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import type { Catalogue } from '../scopes/index.ts'
import {
  type CredentialsRequest,
  type FailedAuthentications,
  type Issuer,
  OAuthError,
  type OAuthErrorCode,
} from '../tokens/index.ts'
import { answerJson } from './answer.ts'
import { bearerChallenge } from './bearer.ts'
import { BodyTooLarge } from './body.ts'
import { originOf } from './caller.ts'
import { addressOf, type TrustedProxies } from './client-address.ts'
import { type Form, readForm } from './form.ts'

/** What the /oauth/… endpoints need. */
export type OAuthDoor = {
  db: Database
  instance: ClientInstance & { catalogue: Catalogue }
  issuer: Issuer
  /** Of the people whose session may introspect. */
  sessions: SessionLimits
  proxies: TrustedProxies
  failures: FailedAuthentications
  /** Told of each client that has authenticated itself. */
  uses: UseLog
  /** Told of each account whose history has grown. */
  wake(accountId: string): void
  /** Told of what is no refusal; the caller is told 503. */
  onError(error: unknown): void
}

/** A request to one of them: its parameters, what says who sends it, and where it came from. */
export type OAuthRequest = { form: Form; credentials: CredentialsRequest; origin: Origin }

const STATUS: Record<OAuthErrorCode, number> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_grant_type: 400,
  invalid_token: 401,
  insufficient_scope: 401, // RFC 7662 §2.3
  temporarily_unavailable: 503,
}
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' } // RFC 6749 §5.1

export const BASIC_CHALLENGE = 'Basic realm="chatelaine", charset="UTF-8"'

/**
 * Runs one of the /oauth/… endpoints: POST alone, form-encoded, answers that no cache stores, errors in OAuth's own form
 * (RFC 6749 §5.2).
 * @param endpoint returns what is answered with 200
 * @param challenges the ways to authenticate that it takes (RFC 9110 §11.6.1)
 * @returns what it was refused for, null where it was not; nothing where the client went away
 */
export async function handleOAuth(
  door: OAuthDoor,
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: (door: OAuthDoor, request: OAuthRequest) => Promise<object>,
  challenges: readonly string[] = [BASIC_CHALLENGE],
): Promise<{ refusal: OAuthErrorCode | null } | null> {
  if (request.method !== 'POST') {
    const body = { error: 'invalid_request', error_description: 'This endpoint takes POST.' }
    answerJson(response, 405, body, { ...NO_STORE, allow: 'POST' })
    return { refusal: 'invalid_request' }
  }
  try {
    const form = await readForm(request)
    const ip = addressOf(request, door.proxies)
    const credentials = { authorization: request.headers.authorization ?? null, parameter: form.get, ip }
    const origin = originOf(request, ip)
    answerJson(response, 200, await endpoint(door, { form, credentials, origin }), NO_STORE)
    return { refusal: null }
  } catch (error) {
    if (!request.complete && request.socket.destroyed) return null // went away in the middle of the body: nobody's mistake
    return { refusal: answerError(door, response, error, challenges) }
  }
}

function answerError(
  door: OAuthDoor,
  response: ServerResponse,
  error: unknown,
  challenges: readonly string[],
): OAuthErrorCode {
  const refusal = refusalOf(error)
  if (!refusal) door.onError(error)
  const shown = refusal ?? unavailable('The server cannot answer at this moment.', 1)
  const status = statusOf(shown, error)
  const headers = {
    ...NO_STORE,
    ...(status === 401 && { 'www-authenticate': challengesFor(shown, challenges) }),
    ...(shown.retryAfter !== null && { 'retry-after': shown.retryAfter }),
    ...(error instanceof BodyTooLarge && { connection: 'close' }),
  }
  answerJson(response, status, { error: shown.code, error_description: shown.message }, headers)
  return shown.code
}

function refusalOf(error: unknown): OAuthError | null {
  if (error instanceof BodyTooLarge) return new OAuthError('invalid_request', 'The body is longer than 64 KiB.')
  if (error instanceof Fault && error.code === 'UNAVAILABLE')
    return unavailable(error.message, error.extensions.retryAfter)
  return error instanceof OAuthError ? error : null
}

function unavailable(message: string, retryAfter: unknown): OAuthError {
  return new OAuthError('temporarily_unavailable', message, { retryAfter: Number(retryAfter) || 1 })
}

/** A client that failed once too often is 429: by its code it is no other than one that failed (RFC 6585 §4). */
function statusOf({ code, retryAfter }: OAuthError, error: unknown): number {
  if (error instanceof BodyTooLarge) return 413
  return code === 'invalid_client' && retryAfter !== null ? 429 : STATUS[code]
}

/** Of a client, how it may authenticate; of a bearer that was refused, why (RFC 6750 §3). */
function challengesFor({ code, scope }: OAuthError, challenges: readonly string[]): string[] {
  if (code === 'invalid_client') return [...challenges]
  return [bearerChallenge(code, scope)]
}
