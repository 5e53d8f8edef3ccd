import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  CSV_HEAD,
  type ExportRequest,
  exportHistory,
  originPrefixOf,
  planExport,
  type Sealer,
  SealProblem,
} from '../audit/index.ts'
import { type Origin, requirePermission } from '../caller.ts'
import { Fault } from '../result.ts'
import { answerGraphQLError } from './answer.ts'
import { originOf, resolveCredential } from './caller.ts'
import { addressOf } from './client-address.ts'
import { passGate } from './gate.ts'
import { type GraphQLDoor, refuseRequest, shownBy } from './graphql-endpoint.ts'
import { RESTARTING } from './live-connections.ts'

/** Exports under way in one gateway: each holds a session of the pool now and then, and a client may read slowly. */
const MAX_AT_ONCE = 4
/** A client that takes nothing for so long is cut off. */
const STALLED_MS = 60_000

export type ExportDoor = GraphQLDoor & { sealer: Sealer }

/**
 * `GET /audit/export` (docs/audit-log.md, 5): the history of the caller's account, as the command line exports it. With
 * `audit/read`, by session or bearer; `format`, `after`, `until` and `proofFrom` as query parameters.
 */
export function createAuditExport(door: ExportDoor) {
  let underWay = 0
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    if (request.method !== 'GET')
      return answerGraphQLError(response, 405, 'OPERATION_NOT_ALLOWED', 'Ask with GET.', { allow: 'GET' })
    if (underWay >= MAX_AT_ONCE)
      return answerGraphQLError(response, 429, 'RATE_LIMITED', 'Other exports are under way: try again soon.', {
        'retry-after': 10,
      })
    underWay += 1
    const origin = originOf(request, addressOf(request, door.proxies))
    try {
      await answer(door, request, response, origin)
    } catch (error) {
      if (response.headersSent) {
        // Cut off in the middle: the end line is missing, and a verifier says so.
        if (!response.destroyed) door.onInternal(error, origin.requestId)
        response.destroy()
      } else refuseRequest(door, request, response, error, origin.requestId)
    } finally {
      underWay -= 1
    }
  }
}

async function answer(
  door: ExportDoor,
  request: IncomingMessage,
  response: ServerResponse,
  origin: Origin,
): Promise<void> {
  const { db, issuer, instance, sealer } = door
  const passed = passGate(door.origins, request)
  if ('refusal' in passed) {
    const { status, code, message, headers } = passed.refusal
    return answerGraphQLError(response, status, code, message, headers)
  }
  const shown = shownBy(door, request, passed.sender)
  const { credential } = await resolveCredential(db, issuer, instance.limits, shown, origin)
  const { caller } = credential
  if (!caller) throw new Fault('UNAUTHENTICATED', 'Sign in first, or send an access token as a bearer.')
  requirePermission(caller, 'audit/read')
  const asked = requestOf(new URL(request.url ?? '', 'http://localhost').searchParams)
  await sealer.sealNow(caller.accountId).catch((error: unknown) => {
    if (!(error instanceof SealProblem)) throw error // what was sealed before is exported, and its verifier tells the rest
  })
  const watched = door.live.add(credential, (ending) => {
    if (ending !== RESTARTING) response.destroy() // a stopping gateway finishes what is under way
  })
  if (!watched) throw new Fault('RATE_LIMITED', 'This account has as many streams open as it may.', { retryAfter: 10 })
  response.once('close', watched)
  const plan = await planExport(db, caller.accountId, asked, originPrefixOf(issuer.url))
  const isCsv = asked.format === 'csv'
  response.writeHead(200, {
    'content-type': isCsv ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="audit-log.${asked.format}"`,
  })
  response.setTimeout(STALLED_MS, () => response.destroy())
  if (isCsv) response.write(CSV_HEAD)
  for await (const piece of exportHistory(db, caller.accountId, asked, plan)) {
    if (response.destroyed) return // its close has been told, and no drain will come
    if (!response.write(piece)) await untilTaken(response)
  }
  response.end()
}

/** Until the client has taken what was written, or is gone. */
async function untilTaken(response: ServerResponse): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  over.abort() // the other of the two would listen on, once for each piece
}

/** @throws Fault BAD_USER_INPUT */
function requestOf(query: URLSearchParams): ExportRequest {
  const known = ['format', 'after', 'until', 'proofFrom']
  for (const name of query.keys())
    if (!known.includes(name)) throw new Fault('BAD_USER_INPUT', `Known parameters are ${known.join(', ')}.`)
  const size = (name: string) => {
    const text = query.get(name)
    if (text === null) return null
    if (!/^\d{1,15}$/.test(text)) throw new Fault('BAD_USER_INPUT', `${name} is a whole number.`)
    return Number(text)
  }
  const format = query.get('format') ?? 'ndjson'
  if (format !== 'ndjson' && format !== 'csv') throw new Fault('BAD_USER_INPUT', 'format is ndjson or csv.')
  return { format, after: size('after'), until: size('until'), proofFrom: size('proofFrom') }
}
