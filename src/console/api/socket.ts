import { CloseCode, createClient, type Sink } from 'graphql-ws'
import type { SubscriptionForwarder } from 'urql'

/** The server pings every 12 seconds: a line that is silent for longer than two of them is dead. */
const SILENT_MS = 30_000
const LONGEST_WAIT_MS = 30_000

export type SocketEvents = {
  /** Where the feed stands: what a new line goes on from. graphql-ws would send the first variables again. */
  cursor(): string | null
  /** The line broke; it is tried again at this instant, or at once by `reconnectNow`. */
  onWait(until: number): void
  /** The session went to another account. */
  onAccountChanged(): void
}

/** One WebSocket per tab, which comes back by itself with growing, jittered waits. */
export type Socket = {
  forward: SubscriptionForwarder
  /** Ends the wait. */
  reconnectNow(): void
  /** Drops the line, as if it had broken. */
  drop(): void
  close(): void
}

/** @param account the one that the tab shows: in another, the server closes the socket (ACCOUNT_CHANGED) */
export function openSocket(account: string, { cursor, onWait, onAccountChanged }: SocketEvents): Socket {
  let endWait = () => {}
  let silence: ReturnType<typeof setTimeout> | undefined
  const listen = () => {
    clearTimeout(silence)
    silence = setTimeout(() => client.terminate(), SILENT_MS)
  }
  const client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { account },
    retryAttempts: Number.POSITIVE_INFINITY,
    // graphql-ws itself stops at 4401 and its like. Another account than ours will not come back.
    shouldRetry: (problem) => {
      const elsewhere = isClose(problem) && problem.reason === 'ACCOUNT_CHANGED'
      if (elsewhere) onAccountChanged()
      return !elsewhere
    },
    retryWait: (retries) =>
      new Promise((done) => {
        const longest = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** retries)
        const wait = longest / 2 + (Math.random() * longest) / 2
        onWait(Date.now() + wait)
        const timer = setTimeout(done, wait)
        endWait = () => {
          clearTimeout(timer)
          done()
        }
      }),
    on: {
      message: listen,
      closed: () => clearTimeout(silence),
    },
  })
  return {
    forward: (request, { variables }) => ({
      subscribe: (sink) => {
        const resumed = {
          ...variables,
          get after() {
            return cursor()
          },
        }
        return { unsubscribe: client.subscribe({ query: request.query ?? '', variables: resumed }, sink as Sink) }
      },
    }),
    reconnectNow: () => endWait(),
    drop: () => client.terminate(),
    close: () => void client.dispose(),
  }
}

/** Whether the credential is gone for good: signed out, removed, the password changed elsewhere. */
export function isSignedOut(problem: unknown): boolean {
  return isClose(problem) && problem.code === CloseCode.Unauthorized
}

function isClose(problem: unknown): problem is CloseEvent {
  return typeof problem === 'object' && problem !== null && 'code' in problem && 'reason' in problem
}
