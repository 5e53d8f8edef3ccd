/** One server-sent event as it came; `data` parsed, null where it is empty. */
export type ServerSentEvent<Data> = { id: string | null; event: string; data: Data }

export type EventStream<Data> = AsyncDisposable &
  AsyncIterable<ServerSentEvent<Data>> & {
    status: number
    headers: Headers
    /** Waits for the next event; comments (pings) are none. @throws Error where the stream has ended */
    next(): Promise<ServerSentEvent<Data>>
    take(count: number): Promise<ServerSentEvent<Data>[]>
    close(): Promise<void>
  }

/**
 * Subscribes over server-sent events (`POST /graphql`), read by an own parser that keeps what browsers hide.
 * @param lastEventId what an EventSource sends when it comes back
 */
export async function subscribeSse<Data = Record<string, unknown>>(
  url: string,
  token: string | null,
  query: string,
  variables?: Record<string, unknown>,
  lastEventId?: string,
): Promise<EventStream<Data>> {
  const abort = new AbortController()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    },
    body: JSON.stringify({ query, variables }),
    signal: abort.signal,
  })
  // Taken hold of at once: fetch cancels a body that nobody reads yet when its response is collected as garbage.
  const events = eventsIn<Data>(response.body?.values() ?? [])
  const next = async () => {
    const { done, value } = await events.next()
    if (done) throw new Error('The event stream has ended.')
    return value
  }
  const take = async (count: number) => {
    const taken: ServerSentEvent<Data>[] = []
    while (taken.length < count) taken.push(await next())
    return taken
  }
  const close = async () => abort.abort()
  const { status, headers } = response
  return { status, headers, next, take, close, [Symbol.asyncIterator]: () => events, [Symbol.asyncDispose]: close }
}

async function* eventsIn<Data>(
  body: AsyncIterable<Uint8Array> | Uint8Array[],
): AsyncGenerator<ServerSentEvent<Data>, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = eventOf<Data>(block)
      if (event) yield event
    }
  }
}

/** Null for a block of comments alone. */
function eventOf<Data>(block: string): ServerSentEvent<Data> | null {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === '') continue
    const before = fields.get(name)
    fields.set(name, name === 'data' && before !== undefined ? `${before}\n${value}` : value)
  }
  if (fields.size === 0) return null
  const data = fields.get('data')
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? 'message',
    data: (data ? JSON.parse(data) : null) as Data,
  }
}
