import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { subscribeSse } from '../../support/index.ts'
import type { Connection, WatcherLog } from './anomalies.ts'
import type { Random } from './random.ts'

/** What is selected of each event: stored facts alone, so that every reader is told the same. */
export const EVENT = `sequence id name description occurredAt type actorId actorName appId: resourceId resourceName
  changes { field before after } gracePeriod secretHint sourceIp userAgent requestId hash`
const feedOf = (heartbeat: boolean) => `subscription ($after: String) {
  auditEvents(after: $after, begin: OLDEST${heartbeat ? ', heartbeat: "PT5S"' : ''}) { cursor node { ${EVENT} } }
}`

/** Who follows the whole history, drops its connection at random, and comes back with its cursor to whichever gateway. */
export type Watcher = {
  log: WatcherLog
  /** The last event handed over. */
  reached(): number
  /** Drops no connection from now on. */
  calm(): void
  close(): Promise<void>
}
export type Watching = { name: string; token: string; random: Random; gateway(): string }

type Message = {
  data?: { auditEvents: { cursor: string; node: { sequence: number } | null } } | null
  errors?: unknown
}

/** In milliseconds, before coming back: sooner than a well-behaved client, so that it meets more of what goes wrong. */
const pause = (random: Random) => sleep(100 + random.below(400))

/** 31 bits, so that an hour's messages fit into memory. */
export function digestOf(event: object): number {
  return createHash('sha256').update(JSON.stringify(event)).digest().readUInt32BE() >>> 1
}

/** Where a history cursor stands: 8 bytes behind version, kind and account. */
export function placeOf(cursor: string | null): number {
  return cursor === null ? 0 : Number(Buffer.from(cursor, 'base64url').readBigUInt64BE(18))
}

/** What both kinds of watchers do with what they are told, as docs/audit-feed.md asks of a client. */
function record({ name, random }: Watching) {
  const log: WatcherLog = { name, connections: [], held: [], complaints: [] }
  let reached = 0
  let cursor: string | null = null
  let calm = false
  return {
    log,
    cursor: () => cursor,
    reached: () => reached,
    calm: () => {
      calm = true
    },
    /** @returns for how many messages the connection will be kept */
    begin(after: string | null): { connection: Connection; keep: number } {
      const connection = { after: placeOf(after), told: [] }
      log.connections.push(connection)
      return { connection, keep: random.chance(0.1) ? 0 : random.below(200) }
    },
    /** On the wire. @returns whether the connection is dropped now */
    heard({ connection, keep }: { connection: Connection; keep: number }, { data, errors }: Message): boolean {
      if (errors || !data) log.complaints.push(JSON.stringify(errors ?? 'no data'))
      else {
        const { cursor: told, node } = data.auditEvents
        const place = placeOf(told)
        if (node && node.sequence !== place) log.complaints.push(`event ${node.sequence} has the cursor of ${place}`)
        connection.told.push({ place, digest: node && digestOf(node) })
      }
      return !calm && connection.told.length > keep
    },
    /** By the client. */
    handed({ data }: Message): void {
      if (!data) return
      const { cursor: told, node } = data.auditEvents
      if (node && node.sequence > reached) {
        log.held.push({ place: node.sequence, digest: digestOf(node) })
        reached = node.sequence
      }
      cursor = told
    },
  }
}

/** With graphql-ws's own client. It closes some of its sockets, and others break. */
export function watchBySocket(watching: Watching): Watcher {
  const { token, random, gateway } = watching
  const { log, cursor, reached, calm, begin, heard, handed } = record(watching)

  class Socket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      let begun: ReturnType<typeof begin> | null = null
      const send = this.send.bind(this)
      this.send = (text: string) => {
        const { type, payload } = JSON.parse(text)
        if (type === 'subscribe') begun = begin(payload.variables.after)
        send(text)
      }
      this.on('message', (text) => {
        const { type, payload } = JSON.parse(String(text))
        if (type !== 'next' || !begun || !heard(begun, payload)) return
        if (random.chance(0.5)) client.terminate()
        else this.terminate()
      })
    }
  }
  const client = createClient({
    url: () => `${gateway().replace('http', 'ws')}/graphql`,
    webSocketImpl: Socket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => pause(random),
  })
  let closing = false
  const ended = (how: string) => {
    if (!closing) log.complaints.push(how)
  }
  const variables = {
    get after() {
      return cursor()
    },
  }
  client.subscribe<Message['data'] & object>(
    { query: feedOf(random.chance(0.5)), variables },
    {
      next: (message) => handed(message),
      error: (error) => ended(`ended with ${error instanceof Error ? error : JSON.stringify(error)}`),
      complete: () => ended('complete'),
    },
  )
  return {
    log,
    reached,
    calm,
    async close() {
      closing = true
      await client.dispose()
      client.terminate()
    },
  }
}

/** Over server-sent events, as follow-sse.mjs of docs/audit-feed.md does. */
export function watchByStream(watching: Watching): Watcher {
  const { token, random, gateway } = watching
  const { log, cursor, reached, calm, begin, heard, handed } = record(watching)
  const query = feedOf(random.chance(0.5))
  let closed = false
  let stream: Awaited<ReturnType<typeof subscribeSse<Message>>> | null = null

  const readOne = async () => {
    const after = cursor()
    stream = await subscribeSse<Message>(gateway(), token, query, {}, after ?? undefined)
    if (stream.status !== 200) {
      if (stream.status !== 503) log.complaints.push(`status ${stream.status}`)
      return stream.close()
    }
    const begun = begin(after)
    for await (const { event, data } of stream) {
      if (event !== 'next') log.complaints.push(event)
      else {
        const dropped = heard(begun, data)
        if (!dropped || random.chance(0.5)) handed(data)
        if (dropped) return stream.close()
      }
    }
  }
  const reading = (async () => {
    while (!closed) {
      await readOne().catch(() => {}) // the connection was lost
      if (!closed) await pause(random)
    }
  })()
  return {
    log,
    reached,
    calm,
    async close() {
      closed = true
      await stream?.close()
      await reading
    },
  }
}
