import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a gateway and its PostgreSQL server, and reads what the gateway says (protocol 3.0, without TLS). */
export type Wire = AsyncDisposable & {
  /** The database's address, by way of here. */
  url: string
  /**
   * Waits until no transaction is open: of a reading one nobody waits for the end.
   * @returns what was executed since the last call, in order, and how often the gateway spoke after an answer
   */
  taken(): Promise<{ statements: string[]; roundTrips: number }>
  /** Lets the next statement that is this through, and breaks the connection in place of its answer. */
  loseAnswerTo(text: string): void
  /** Spoils the next statement that holds this text, so that the server refuses it: the text becomes that many x. */
  spoil(text: string): void
}

export async function openWire(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  let taken: Awaited<ReturnType<Wire['taken']>> = { statements: [], roundTrips: 0 }
  const inTransaction = new Set<Socket>()
  let quiet: (() => void) | null = null
  const leave = (gateway: Socket) => {
    inTransaction.delete(gateway)
    if (inTransaction.size === 0) quiet?.()
  }
  let toSpoil: string | null = null
  let toLose: string | null = null
  const sockets = new Set<Socket>()

  const server = createServer((gateway) => {
    const database = connect(Number(target.port || 5432), target.hostname)
    let lost = false
    const read = readFrontend((statement) => {
      if (statement === toLose) {
        lost = true
        toLose = null
      }
      taken.statements.push(statement)
      if (statement.startsWith('begin')) inTransaction.add(gateway)
      if (statement === 'commit' || statement === 'rollback') leave(gateway)
    })
    let answered = true
    gateway.on('data', (sent: Buffer) => {
      if (answered) taken.roundTrips += 1
      answered = false
      if (toSpoil && sent.includes(toSpoil)) {
        sent.fill('x', sent.indexOf(toSpoil), sent.indexOf(toSpoil) + toSpoil.length)
        toSpoil = null
      }
      read(sent)
      database.write(sent)
    })
    database.on('data', (answer: Buffer) => {
      answered = true
      if (lost) gateway.resetAndDestroy()
      else gateway.write(answer)
    })
    gateway.on('close', () => leave(gateway))
    for (const [one, other] of [
      [gateway, database],
      [database, gateway],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {}).on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    async taken() {
      const { promise, resolve } = Promise.withResolvers<void>()
      quiet = resolve
      if (inTransaction.size > 0) await promise
      const before = taken
      taken = { statements: [], roundTrips: 0 }
      return before
    },
    loseAnswerTo(text) {
      toLose = text
    },
    spoil(text) {
      toSpoil = text
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Follows the messages of one connection: Query, and Execute of what was bound to what was parsed. */
function readFrontend(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const parsed = new Map<string, string>()
  let begun = false
  let bound = ''
  let rest = Buffer.alloc(0)
  const message = (type: string, body: Buffer) => {
    const [first = '', second = ''] = body.toString('utf8').split('\0')
    if (type === 'Q') onStatement(first)
    if (type === 'P') parsed.set(first, second)
    if (type === 'B') bound = second
    if (type === 'E') onStatement(parsed.get(bound) ?? '')
  }
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const start = begun ? 1 : 0 // the first message has no type
      if (rest.length < start + 4) return
      const end = start + rest.readUInt32BE(start)
      if (rest.length < end) return
      if (begun) message(String.fromCharCode(rest.readUInt8()), rest.subarray(5, end))
      begun = true
      rest = rest.subarray(end)
    }
  }
}
