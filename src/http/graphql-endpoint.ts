import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Database } from '../database/index.ts'
import type { CookieJar, Instance } from '../graphql/context.ts'
import { shownError } from '../graphql/errors.ts'
import type { Issuer } from '../tokens/index.ts'
import { answerGraphQLError, answerGraphQLErrors } from './answer.ts'
import { BEARER_CHALLENGE, bearerChallenge } from './bearer.ts'
import { type Credential, CredentialRefused, originOf, resolveCredential, type Shown } from './caller.ts'
import { addressOf, type TrustedProxies } from './client-address.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import { COME_BACK, STREAM_HEADERS } from './event-stream.ts'
import { passGate } from './gate.ts'
import { asksForGraphiQL, type GraphiQL } from './graphiql.ts'
import type { GraphQLServer } from './graphql.ts'
import type { FeedLimits, LiveConnections } from './live-connections.ts'
import type { Origins, Sender } from './own-origin.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { StalledConnections } from './stalled-connections.ts'
import { isForLater, statusOfError } from './status-of-error.ts'

/** What both ways into /graphql need, HTTP and WebSocket. */
export type GraphQLDoor = {
  db: Database
  instance: Instance
  issuer: Issuer
  origins: Origins
  proxies: TrustedProxies
  cookie: SessionCookie
  live: LiveConnections
  stalled: StalledConnections
  feedLimits: FeedLimits
  /** Told of errors that are shown as INTERNAL, with the request's id. */
  onInternal(error: unknown, requestId: string | null): void
}

/** RFC 6750 §3: of a request without any credential, no error is named. */
const CHALLENGE = { 'www-authenticate': BEARER_CHALLENGE }

/** `/graphql` over HTTP: the gate, then who asks, then GraphQL. */
export async function handleGraphQL(
  door: GraphQLDoor,
  graphql: GraphQLServer,
  graphiql: GraphiQL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('cache-control', 'no-store') // answers are one caller's, and some hold what is shown once
  const passed = passGate(door.origins, request)
  if ('refusal' in passed) {
    const { status, code, message, headers } = passed.refusal
    return answerGraphQLError(response, status, code, message, headers)
  }
  if (asksForGraphiQL(request)) return graphiql.answerPage(request, response)
  const { sender } = passed
  if (sender === 'allowed-page') {
    if (request.method === 'OPTIONS') return answerPreflight(request, response)
    allowOrigin(request, response)
  }
  const shown = shownBy(door, request, sender)
  if (request.method === 'POST' && sender === 'program' && shown.cookie !== null && shown.authorization === null)
    return answerGraphQLError(response, 403, 'FORBIDDEN', 'The cookie is for pages of this server: send a bearer.')
  const origin = originOf(request, addressOf(request, door.proxies))
  try {
    const { db, issuer, instance } = door
    const { credential, cookieIsDead } = await resolveCredential(db, issuer, instance.limits, shown, origin)
    const cookie = cookieJar(door, request, response)
    if (cookieIsDead) cookie.clear()
    await graphql(request, response, {
      caller: credential.caller,
      sessionId: credential.sessionId,
      origin: credential.caller?.origin ?? { ...origin, source: cookie.wanted ? 'CONSOLE' : 'API' },
      resumeAfter: [request.headers['last-event-id']].flat()[0] || null,
      cookie,
      feedCursor: null,
      watch: (end: () => void) => watchStream(door, credential, response, end),
    })
  } catch (error) {
    if (response.headersSent) throw error
    refuseRequest(door, request, response, error, origin.requestId)
  }
}

/** A client may be gone before its stream begins: yoga then sends it to nobody, and never ends it. */
function watchStream(
  { live, stalled }: GraphQLDoor,
  credential: Credential,
  response: ServerResponse,
  end: () => void,
): (() => void) | null {
  const { socket } = response
  if (response.destroyed || !socket) {
    end()
    return () => {}
  }
  const leave = live.add(credential, end)
  if (!leave) return null
  const forgive = stalled.add(socket, () => response.destroy())
  response.once('close', end)
  return () => {
    leave()
    forgive()
    response.off('close', end)
  }
}

/** What a request brought to show who it is. */
export function shownBy(door: GraphQLDoor, request: IncomingMessage, sender: Sender): Shown {
  return {
    authorization: request.headers.authorization ?? null,
    cookie: door.cookie.read(request),
    sender,
    account: [request.headers['x-chatelaine-account']].flat()[0] || null,
  }
}

/** Tells why a request gets no answer, in GraphQL's form; what is nobody's to mend is INTERNAL, and logged. */
export function refuseRequest(
  door: GraphQLDoor,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string | null,
): void {
  if (error instanceof CredentialRefused) {
    const challenge = { 'www-authenticate': bearerChallenge('invalid_token') }
    answerGraphQLError(response, error.status, error.code, error.message, error.status === 401 ? challenge : {})
  } else {
    const shown = shownError(error, requestId, (internal) => door.onInternal(internal, requestId))
    const isEventSource = request.method === 'GET' && request.headers.accept?.includes('text/event-stream')
    if (isEventSource && isForLater(shown)) return void response.writeHead(200, STREAM_HEADERS).end(COME_BACK)
    const { status, headers } = statusOfError(shown)
    answerGraphQLErrors(response, status, [shown], { ...headers, ...(status === 401 && CHALLENGE) })
  }
}

/** How a sign-in of our own page keeps its session: a program's answers the token instead. */
function cookieJar({ cookie, instance }: GraphQLDoor, request: IncomingMessage, response: ServerResponse): CookieJar {
  const set = (token: string | null) =>
    response.setHeader('set-cookie', cookie.header(token, instance.limits.sessionMax))
  return { wanted: request.headers['sec-fetch-site'] === 'same-origin', keep: set, clear: () => set(null) }
}

/** For a socket, which signs nobody in. */
export const noCookieJar: CookieJar = { wanted: false, keep: () => {}, clear: () => {} }
