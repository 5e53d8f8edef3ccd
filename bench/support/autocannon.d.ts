/** What the benches use of autocannon, which brings no types. */
declare module 'autocannon' {
  export type LoadRequest = { method: 'GET' | 'POST'; path: string; headers: Record<string, string>; body: string }
  export type LoadClient = { setRequests(requests: LoadRequest[]): void }
  export type LoadResult = {
    '2xx': number
    non2xx: number
    errors: number
    timeouts: number
    /** Seconds. */
    duration: number
    /** Milliseconds. */
    latency: { p50: number; p99: number }
  }
  export default function autocannon(options: {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    requests?: LoadRequest[]
    setupClient?: (client: LoadClient) => void
  }): PromiseLike<LoadResult>
}
