import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, getOperationAST } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { Origin } from '../caller.ts'
import type { Context, RequestContext } from '../graphql/context.ts'
import { shownError } from '../graphql/errors.ts'
import { brokenVariables } from '../graphql/text.ts'
import { BearerInvalid, type Credential, originOf } from './caller.ts'
import type { Refusal } from './gate.ts'
import type { GraphQLServer } from './graphql.ts'

const MAX_MESSAGE = 65_536
const INIT_WITHIN_MS = 10_000
const PING_EVERY_MS = 12_000
/** Beyond the protocol's own: docs/audit-feed.md lists them all. */
const UNAUTHORIZED = 4401
const RESTART = 1012

type Extra = { socket: { close(code: number, reason: string): void }; request: IncomingMessage }
type Connection = RequestContext & { origin: Origin }

/**
 * Subscriptions over `WS /graphql`, sub-protocol graphql-transport-ws (graphql-ws).
 *
 * @param refusalOf the gate, asked at the handshake
 * @param resolve who a connection is, out of its connectionParams' `authorization`
 * @returns `close` ends every socket with 1012, so that clients come back elsewhere
 */
export function serveWebSockets(
  server: Server,
  yoga: GraphQLServer,
  refusalOf: (request: IncomingMessage) => Refusal | null,
  resolve: (authorization: string | null, origin: Origin) => Promise<Credential>,
  onInternal: (error: unknown, requestId: string | null) => void,
): { close(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    maxFragments: 32,
    handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  })
  const connections = new WeakMap<IncomingMessage, Connection>()
  const shown = (request: IncomingMessage) => (error: unknown) => {
    const requestId = connections.get(request)?.origin.requestId ?? null
    return shownError(error, requestId, (internal) => onInternal(internal, requestId)) as GraphQLError
  }

  const protocol = useServer<Record<string, unknown>, Extra>(
    {
      connectionInitWaitTimeout: INIT_WITHIN_MS,
      onConnect: async ({ connectionParams, extra }) => {
        const origin = originOf(extra.request)
        try {
          const credential = await resolve(authorizationIn(connectionParams), origin)
          connections.set(extra.request, { ...credential, origin, resumeAfter: null })
        } catch (error) {
          if (!(error instanceof BearerInvalid)) throw error
          extra.socket.close(UNAUTHORIZED, 'Unauthorized')
        }
      },
      onSubscribe: async ({ extra }, _id, params) => {
        const broken = brokenVariables(params.variables)
        if (broken) return [shown(extra.request)(broken)]
        const connection = connections.get(extra.request)
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({ ...connection })
        try {
          const document = parse(params.query)
          const errors = validate(schema, document)
          if (errors.length > 0) return errors.map(shown(extra.request))
          if (getOperationAST(document, params.operationName)?.operation !== 'subscription')
            return [onlySubscriptions()]
          const contextValue: Context = await contextFactory()
          return {
            schema,
            document,
            contextValue,
            operationName: params.operationName,
            variableValues: params.variables,
            rootValue: { execute, subscribe },
          }
        } catch (error) {
          return [shown(extra.request)(error)]
        }
      },
      execute: (args) => (args.rootValue as Executors).execute(args),
      subscribe: (args) => (args.rootValue as Executors).subscribe(args),
      onError: ({ extra }, _id, _payload, errors) => errors.map(shown(extra.request)),
      onNext: ({ extra }, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: result.errors.map(shown(extra.request)) } : result,
    },
    sockets,
    PING_EVERY_MS,
  )

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal =
      new URL(request.url ?? '/', 'http://localhost').pathname === '/graphql' ? refusalOf(request) : NOT_FOUND
    if (refusal)
      return socket.end(`HTTP/1.1 ${refusal.status} ${refusal.code}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request))
  }
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      server.off('upgrade', onUpgrade)
      for (const socket of sockets.clients) socket.close(RESTART, 'Restarting')
      await protocol.dispose()
    },
  }
}

type Executors = { execute(args: unknown): never; subscribe(args: unknown): never }
const NOT_FOUND: Refusal = { status: 404, code: 'NOT_FOUND', message: 'There is no WebSocket here.' }

function onlySubscriptions(): GraphQLError {
  return new GraphQLError('A WebSocket carries subscriptions only: send queries and mutations over POST.', {
    extensions: { code: 'OPERATION_NOT_ALLOWED' },
  })
}

function authorizationIn(params: Record<string, unknown> | undefined): string | null {
  const value = params?.authorization ?? params?.Authorization
  return typeof value === 'string' ? value : null
}
