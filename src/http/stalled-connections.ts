import type { Socket } from 'node:net'

const LOOK_EVERY_MS = 1000
/** The kernel tells of room again only when a third of its buffer is free, which may be a megabyte. */
const STALLED_AFTER_MS = 60_000

/** Connections over which something is told, WebSockets and event streams. */
export type StalledConnections = {
  /**
   * @param end told once, when the client has taken no byte for a minute while something waited for it
   * @returns to be called when the connection has ended by itself
   */
  add(connection: Socket, end: () => void): () => void
  close(): void
}

type Watched = { connection: Socket; end(): void; taken: number; since: number | null }

/**
 * Finds those who stopped reading. A client that reads, however slowly, is left alone: what it has not read yet waits in
 * the database. One that takes nothing holds what waits for it in memory, and will not miss what it does not read.
 */
export function watchForStalls(): StalledConnections {
  const all = new Set<Watched>()
  const look = () => {
    const now = performance.now()
    for (const watched of all) {
      const unsent = watched.connection.writableLength
      const taken = watched.connection.bytesWritten - unsent
      if (unsent === 0) watched.since = null
      else if (watched.since === null || taken !== watched.taken) watched.since = now
      else if (now - watched.since >= STALLED_AFTER_MS && all.delete(watched)) watched.end()
      watched.taken = taken
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()

  return {
    add(connection, end) {
      const watched: Watched = { connection, end, taken: 0, since: null }
      all.add(watched)
      return () => all.delete(watched)
    },
    close: () => clearInterval(timer),
  }
}
