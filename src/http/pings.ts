import type { WebSocket, WebSocketServer } from 'ws'

const LOOK_EVERY_MS = 1000
const PING_EVERY_MS = 12_000
const ANSWER_WITHIN_MS = 60_000

type Heard = { pingedAt: number; askedAt: number | null }

/**
 * Pings every socket each 12 seconds, so that proxies keep it open, and drops one that answers none for a minute. While
 * something waits unsent a ping would wait behind it, and no answer would say no more than that the client reads slowly:
 * watchForStalls sees to those.
 *
 * @returns to be called to stop it
 */
export function pingSockets(sockets: WebSocketServer): () => void {
  const states = new WeakMap<WebSocket, Heard>()
  sockets.on('connection', (socket) => {
    const state: Heard = { pingedAt: performance.now(), askedAt: null }
    states.set(socket, state)
    socket.on('pong', () => {
      state.askedAt = null
    })
  })
  const look = () => {
    const now = performance.now()
    for (const socket of sockets.clients) {
      const state = states.get(socket)
      if (!state || socket.readyState !== socket.OPEN) continue
      if (socket.bufferedAmount > 0) state.askedAt = null
      else if (state.askedAt !== null && now - state.askedAt >= ANSWER_WITHIN_MS) socket.terminate()
      else if (now - state.pingedAt >= PING_EVERY_MS) {
        socket.ping()
        state.pingedAt = now
        state.askedAt ??= now
      }
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
