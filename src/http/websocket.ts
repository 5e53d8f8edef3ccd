import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import type { Context } from '../graphql/context.ts'
import { shownError } from '../graphql/errors.ts'
import type { Subscribed } from '../graphql/shared-execution.ts'
import { brokenVariables } from '../graphql/text.ts'
import { Fault } from '../result.ts'
import { CredentialRefused, originOf, resolveCredential, type Shown } from './caller.ts'
import { addressOf } from './client-address.ts'
import { passGate } from './gate.ts'
import type { GraphQLServer } from './graphql.ts'
import { type GraphQLDoor, noCookieJar, shownBy } from './graphql-endpoint.ts'
import { senderOf } from './own-origin.ts'
import { pingSockets } from './pings.ts'
import type { ServerContext } from './server-context.ts'
import { createFrames, type FrameTarget } from './shared-frames.ts'
import { isForLater } from './status-of-error.ts'

const MAX_MESSAGE = 65_536
const INIT_WITHIN_MS = 10_000
/** For clients to answer the close; ws itself would wait for 30 seconds, which is longer than a stop may take. */
const CLOSE_WITHIN_MS = 3000
/** Beyond the protocol's own: docs/audit-feed.md lists them all. */
const UNAUTHORIZED = 4401
const FORBIDDEN = 4403
const RESTART = 1012
const TRY_AGAIN_LATER = 1013
const TOO_SLOW = 4412
/** The protocol's own, for what is no text: graphql-ws would read a binary message as one. */
const BAD_REQUEST = 4400

type Extra = { socket: WebSocket; request: IncomingMessage }
/** What is known of a socket from its init to its end. */
type Connection = { context: ServerContext; leave(): void }

/**
 * Subscriptions over `WS /graphql`, sub-protocol graphql-transport-ws (graphql-ws). Who a socket is comes out of its
 * connectionParams' `authorization`, or the cookie of our own page.
 *
 * @returns `close` ends every socket with 1012, so that clients come back elsewhere
 */
export function serveWebSockets(server: Server, door: GraphQLDoor, yoga: GraphQLServer): { close(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    maxFragments: 32,
  })
  const frames = createFrames(door.live.unsentShare)
  const connections = new WeakMap<IncomingMessage, Connection>()
  const alreadyShown = new WeakSet<object>()
  /**
   * While the database is away, the socket ends instead, and what was to be sent is not: a client that is told of an error
   * ends its subscription, and half an event would count as told. After the close it comes back for the whole of it.
   */
  const shown =
    ({ request, socket }: Extra) =>
    (error: unknown): GraphQLError => {
      if (error instanceof GraphQLError && alreadyShown.has(error)) return error // graphql-ws hands onError what onSubscribe answered
      const requestId = connections.get(request)?.context.origin.requestId ?? null
      const toShow = shownError(error, requestId, (internal) => door.onInternal(internal, requestId))
      alreadyShown.add(toShow)
      if (isForLater(toShow)) socket.close(TRY_AGAIN_LATER, 'Unavailable')
      return toShow
    }

  const connect = async (params: Record<string, unknown> | undefined, { request, socket }: Extra) => {
    const origin = originOf(request, addressOf(request, door.proxies))
    const fromHeaders = shownBy(door, request, senderOf(door.origins, request))
    const credentials: Shown = {
      ...fromHeaders,
      authorization: textIn(params, 'authorization') ?? textIn(params, 'Authorization') ?? fromHeaders.authorization,
      account: textIn(params, 'account') ?? fromHeaders.account,
    }
    const { credential, cookieIsDead } = await resolveCredential(
      door.db,
      door.issuer,
      door.instance.limits,
      credentials,
      origin,
    )
    if (cookieIsDead && !credential.caller) return socket.close(UNAUTHORIZED, 'Unauthorized')
    if (socket.readyState !== WebSocket.OPEN) return // gone meanwhile: its close has been and would not come again
    const leave = door.live.add(credential, ({ code, reason }) => socket.close(code, reason))
    if (!leave) return socket.close(TRY_AGAIN_LATER, 'Too many sockets')
    connections.set(request, {
      context: {
        caller: credential.caller,
        sessionId: credential.sessionId,
        origin: credential.caller?.origin ?? origin,
        resumeAfter: null,
        cookie: noCookieJar,
        feedCursor: null,
        watch: () => () => {},
      },
      leave,
    })
  }

  const protocol = useServer<Record<string, unknown>, Extra>(
    {
      connectionInitWaitTimeout: INIT_WITHIN_MS,
      onConnect: async ({ connectionParams, extra }) => {
        try {
          await connect(connectionParams, extra)
        } catch (error) {
          if (!(error instanceof CredentialRefused)) {
            door.onInternal(error, null)
            return extra.socket.close(TRY_AGAIN_LATER, 'Unavailable')
          }
          const [code, reason] = error.status === 401 ? [UNAUTHORIZED, 'Unauthorized'] : [FORBIDDEN, error.code]
          extra.socket.close(code, reason)
        }
      },
      onClose: ({ extra }) => connections.get(extra.request)?.leave(),
      onSubscribe: async ({ extra, subscriptions }, id, params) => {
        if (Object.keys(subscriptions).length > door.feedLimits.subscriptionsPerSocket)
          return [shown(extra)(tooManySubscriptions())]
        const broken = brokenVariables(params.variables)
        if (broken) return [shown(extra)(broken)]
        const connection = connections.get(extra.request)
        const { schema, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          ...connection?.context,
        })
        try {
          const document = parse(params.query)
          const errors = validate(schema, document)
          if (errors.length > 0) return errors.map(shown(extra))
          if (getOperationAST(document, params.operationName)?.operation !== 'subscription')
            return [onlySubscriptions()]
          const contextValue: Context = await contextFactory()
          return {
            schema,
            document,
            contextValue,
            operationName: params.operationName,
            variableValues: params.variables,
            rootValue: {
              subscribe,
              target: { socket: extra.socket, id, showError: shown(extra) },
            } satisfies Root,
          }
        } catch (error) {
          return [shown(extra)(error)]
        }
      },
      subscribe: async (args) => {
        const { subscribe, target } = args.rootValue as Root
        const results = await subscribe(args)
        return Symbol.asyncIterator in results ? frames(target, results) : results
      },
      onError: ({ extra }, _id, _payload, errors) => errors.map(shown(extra)),
      onNext: ({ extra }, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: result.errors.map(shown(extra)) } : result,
    },
    sockets,
    0, // pingSockets does it: the library's would drop who is busy reading a long backlog
  )
  const stopPinging = pingSockets(sockets)

  // ws closes a socket that breaks the rules by itself; graphql-ws would print each such error to the console as well.
  sockets.on('connection', (socket) => socket.removeAllListeners('error').on('error', () => {}))
  sockets.on('connection', (socket, { socket: connection }) => {
    const leave = door.stalled.add(connection, () => socket.close(TOO_SLOW, 'Too slow'))
    socket.on('close', leave)
    // Who does not take its answers is asked nothing more: else pings alone would fill the memory with theirs.
    const waitForDrain = () => {
      if (!connection.writableNeedDrain || socket.isPaused) return
      socket.pause()
      connection.once('drain', () => socket.resume())
    }
    socket.on('message', waitForDrain).on('ping', waitForDrain)
  })

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const passed = passGate(door.origins, request)
    const refusal = 'refusal' in passed ? passed.refusal : null
    if (refusal)
      return socket.end(`HTTP/1.1 ${refusal.status} ${refusal.code}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on(
        'message',
        (_message, isBinary) => isBinary && webSocket.close(BAD_REQUEST, 'Invalid message received'),
      )
      sockets.emit('connection', webSocket, request)
    })
  }
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      server.off('upgrade', onUpgrade)
      stopPinging()
      for (const socket of sockets.clients) socket.close(RESTART, 'Restarting')
      const late = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
      }, CLOSE_WITHIN_MS)
      await protocol.dispose()
      clearTimeout(late)
    },
  }
}

/** What one hook of graphql-ws leaves for the next; no resolver looks at it. */
type Root = { subscribe(args: ExecutionArgs): Promise<Subscribed>; target: FrameTarget }

function onlySubscriptions(): GraphQLError {
  return new GraphQLError('A WebSocket carries subscriptions only: send queries and mutations over POST.', {
    extensions: { code: 'OPERATION_NOT_ALLOWED' },
  })
}

function tooManySubscriptions(): Fault {
  return new Fault('RATE_LIMITED', 'This socket has as many subscriptions as it may: complete one, or open another.')
}

function textIn(params: Record<string, unknown> | undefined, name: string): string | null {
  const value = params?.[name]
  return typeof value === 'string' ? value : null
}
