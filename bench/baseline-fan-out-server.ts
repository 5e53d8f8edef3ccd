import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

/**
 * The least that a broadcast costs: one frame, ready beforehand and as long as an event of ours, to every socket. No
 * database, no GraphQL, no rights.
 */
const LENGTH = Number(process.env.FRAME_BYTES)
const frame = Buffer.from(JSON.stringify({ type: 'next', fill: 'x'.repeat(LENGTH) }))

const server = createServer((request, response) => {
  request.resume()
  for (const socket of sockets.clients) socket.send(frame, { binary: false })
  response.end()
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`http://localhost:${port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
