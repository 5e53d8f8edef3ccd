import { type ClientOptions, createClient, type FormattedExecutionResult } from 'graphql-ws'
import { WebSocket } from 'ws'

type Message<Data> = FormattedExecutionResult<Data, unknown>

/** The messages of one subscription, in their order. */
export type Subscription<Data> = AsyncDisposable &
  AsyncIterable<Message<Data>> & {
    /** Waits for the next message. @throws what the server ended it with, or Error where it is complete */
    next(): Promise<Message<Data>>
    /** The next so many. */
    take(count: number): Promise<Message<Data>[]>
    /** Settles when the socket is closed, by either side. */
    closed: Promise<{ code: number; reason: string }>
    close(): Promise<void>
  }

/**
 * Subscribes over a WebSocket with graphql-ws's own client, which does not come back by itself here.
 * @param token null: no credential
 */
export function subscribe<Data = Record<string, unknown>>(
  url: string,
  token: string | null,
  query: string,
  variables?: Record<string, unknown>,
  options: Partial<ClientOptions> = {},
): Subscription<Data> {
  const { promise: closed, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    ...options,
    on: {
      ...options.on,
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }
        resolve({ code, reason })
      },
    },
  })
  const messages = client.iterate<Data>({ query, variables })
  const next = async () => {
    const { done, value } = await messages.next()
    if (done) throw new Error('The subscription is complete.')
    return value
  }
  const take = async (count: number) => {
    const taken: Message<Data>[] = []
    while (taken.length < count) taken.push(await next())
    return taken
  }
  const close = async () => {
    await messages.return?.()
    await client.dispose()
  }
  return { next, take, closed, close, [Symbol.asyncIterator]: () => messages, [Symbol.asyncDispose]: close }
}
