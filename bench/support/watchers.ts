import { once } from 'node:events'
import { WebSocket } from 'ws'

const AT_ONCE = 100

/** Many sockets of one server, which count what they are told. */
export type Watchers = AsyncDisposable & {
  /** Milliseconds from `publish` being called until every socket has had one more message. */
  timeOne(publish: () => Promise<unknown>): Promise<number>
}

/** @param begin makes an open socket a watcher, and is done when it will be told */
export async function openWatchers(
  url: string,
  count: number,
  protocol: string | undefined,
  begin: (socket: WebSocket) => Promise<void>,
): Promise<Watchers> {
  const sockets: WebSocket[] = []
  let awaited = 0
  let everyone = () => {}
  const open = async () => {
    const socket = new WebSocket(url, protocol, { perMessageDeflate: false })
    sockets.push(socket)
    await once(socket, 'open')
    await begin(socket)
    socket.on('message', () => {
      awaited -= 1
      if (awaited === 0) everyone()
    })
  }
  for (let opened = 0; opened < count; opened += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, open))
  return {
    async timeOne(publish) {
      const { promise, resolve } = Promise.withResolvers<void>()
      everyone = resolve
      awaited = count
      const begun = performance.now()
      await Promise.all([publish(), promise])
      return performance.now() - begun
    },
    async [Symbol.asyncDispose]() {
      const closed = sockets.map((socket) => once(socket, 'close'))
      for (const socket of sockets) socket.close()
      await Promise.all(closed)
    },
  }
}
