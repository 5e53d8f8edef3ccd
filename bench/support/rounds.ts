import autocannon, { type LoadRequest } from 'autocannon'
import { median, spread } from './numbers.ts'
import type { ServerProcess } from './server-process.ts'
import { ratiosOf } from './turns.ts'

const CONNECTIONS = 40
const WARM_UP_SECONDS = 3
const ROUND_SECONDS = 4

/** A server and what it is asked: shared out among the 40 connections, each of which sends its part over and over. */
export type Contender = { server: ServerProcess; requests: readonly LoadRequest[] }

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
 * Loads servers by turns, A B A B …, so that what else the machine does falls on all of them. The first rounds, in which
 * the code is compiled, are not counted.
 *
 * @throws Error for an answer that is no 2xx
 */
export async function alternate<Name extends string>(
  contenders: Record<Name, Contender>,
  rounds: number,
): Promise<Record<Name, Round[]>> {
  const names = Object.keys(contenders) as Name[]
  for (const name of names) await load(contenders[name], WARM_UP_SECONDS)
  const results = Object.fromEntries(names.map((name) => [name, [] as Round[]])) as Record<Name, Round[]>
  for (let round = 0; round < rounds; round++)
    for (const name of names) results[name].push(await load(contenders[name], ROUND_SECONDS))
  return results
}

/** A line of a table: rate, waits and processor time. @param what is counted */
export function describeRounds(name: string, rounds: readonly Round[], what = 'grants'): string {
  const rate = spread(
    rounds.map((round) => round.rate),
    0,
  )
  const [p50, p99] = [median(rounds.map((round) => round.p50)), median(rounds.map((round) => round.p99))]
  const processor = rounds.flatMap(({ processorMs }) => (processorMs === null ? [] : [processorMs * 1000]))
  const used = processor.length > 0 ? `, ${median(processor).toFixed(0)} µs of processor each` : ''
  return `${name.padEnd(16)} ${rate} ${what}/s, p50 ${p50} ms, p99 ${p99} ms${used}`
}

/** Of the rates of the same rounds. */
export function rateRatio(rounds: readonly Round[], baseline: readonly Round[]): string {
  const rates = (of: readonly Round[]) => of.map(({ rate }) => rate)
  return spread(ratiosOf(rates(rounds), rates(baseline)), 2)
}

/**
 * Less shaken than the rates by what else runs on the machine, and not softened by a load that is too slow; null where
 * the system does not tell.
 */
export function processorRatio(rounds: readonly Round[], baseline: readonly Round[]): string | null {
  const ratios = rounds.flatMap(({ processorMs }, index) => {
    const of = baseline[index]?.processorMs
    return processorMs && of ? [of / processorMs] : []
  })
  return ratios.length > 0 ? spread(ratios, 2) : null
}

async function load({ server, requests }: Contender, seconds: number): Promise<Round> {
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
