import autocannon, { type LoadRequest } from 'autocannon'
import type { ServerProcess } from './server-process.ts'

const CONNECTIONS = 40
const WARM_UP_SECONDS = 3
const ROUND_SECONDS = 4

/** One server under load, for one round. */
export type Round = {
  /** Answers with a 2xx a second. */
  rate: number
  /** Milliseconds of processor time for each answer; null where the system does not tell. */
  processorMs: number | null
  /** Milliseconds. */
  p50: number
  p99: number
}

/**
 * Loads two servers by turns, A B A B …, so that what else the machine does falls on both. The first rounds, in which
 * the code is compiled, are not counted.
 *
 * @param requests shared out among the 40 connections, each of which sends its part over and over
 * @throws Error for an answer that is no 2xx
 */
export async function alternate(
  servers: { ours: ServerProcess; baseline: ServerProcess },
  requests: readonly LoadRequest[],
  rounds: number,
): Promise<{ ours: Round[]; baseline: Round[] }> {
  for (const server of [servers.ours, servers.baseline]) await load(server, requests, WARM_UP_SECONDS)
  const results: { ours: Round[]; baseline: Round[] } = { ours: [], baseline: [] }
  for (let round = 0; round < rounds; round++) {
    results.ours.push(await load(servers.ours, requests, ROUND_SECONDS))
    results.baseline.push(await load(servers.baseline, requests, ROUND_SECONDS))
  }
  return results
}

async function load(server: ServerProcess, requests: readonly LoadRequest[], seconds: number): Promise<Round> {
  let connected = 0
  const before = server.processorMs()
  const result = await autocannon({
    url: server.url.replace('localhost', '127.0.0.1'),
    connections: CONNECTIONS,
    duration: seconds,
    setupClient(client) {
      const own = connected++
      client.setRequests(requests.filter((_request, index) => index % CONNECTIONS === own).map((each) => ({ ...each })))
    },
  })
  const after = server.processorMs()
  if (result.non2xx + result.errors + result.timeouts > 0)
    throw new Error(`${result.non2xx} answers were no 2xx, ${result.errors} errors, ${result.timeouts} time-outs.`)
  return {
    rate: result['2xx'] / result.duration,
    processorMs: before === null || after === null ? null : (after - before) / result['2xx'],
    p50: result.latency.p50,
    p99: result.latency.p99,
  }
}
