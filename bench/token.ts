import type { LoadRequest } from 'autocannon'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { type FilledDatabase, fillDatabase } from './support/clients.ts'
import { median, spread } from './support/numbers.ts'
import { alternate, type Round } from './support/rounds.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { type ServerProcess, startServer } from './support/server-process.ts'
import { tokenRequest } from './support/token-request.ts'

const CLIENTS = 1000
const ROUNDS = 6

/**
 * Grants per second of /oauth/token as a ratio to a bare node:http server that does one select, one HMAC and one
 * signature for the same clients of the same database. Load, servers and database share the machine: the ratio counts,
 * the rates do not.
 */
export async function benchToken(): Promise<void> {
  await using database = await createScratchDatabase()
  const filled = await fillDatabase(database.url, CLIENTS)
  const requests = filled.clients.map(tokenRequest)
  const [first] = requests
  if (!first) throw new Error('There are no clients.')

  const starting = performance.now()
  await using ours = await startGateway(database.url, filled)
  const started = performance.now() - starting
  await using baseline = await startBaseline(database.url, filled)
  await fetch('data:,') // loads fetch itself, which is none of theirs
  const firstOfOurs = await timeOne(ours, first)
  const firstOfBaseline = await timeOne(baseline, first)
  await checkSameAnswers(ours, baseline, first)

  const rounds = await alternate({ ours, baseline }, requests, ROUNDS)
  const laterOfOurs = await timeSome(ours, requests)
  const laterOfBaseline = await timeSome(baseline, requests)

  const ratios = rounds.ours.map((round, index) => round.rate / (rounds.baseline[index]?.rate ?? Number.NaN))
  process.stdout.write(
    [
      `${CLIENTS} clients, 40 connections, ${ROUNDS} rounds of 4 s each by turns; median (least–greatest)`,
      describe('Chatelaine', rounds.ours),
      describe('bare node:http', rounds.baseline),
      `ratio            ${spread(ratios, 2)}`,
      ...processorRatio(rounds.ours, rounds.baseline),
      '',
      'one request at a time, milliseconds: the first after the start, the median of 200 later',
      `Chatelaine       ${firstOfOurs.toFixed(1)}, ${laterOfOurs.toFixed(2)}   (started in ${started.toFixed(0)} ms)`,
      `bare node:http   ${firstOfBaseline.toFixed(1)}, ${laterOfBaseline.toFixed(2)}`,
      '',
    ].join('\n'),
  )
}

function startGateway(databaseUrl: string, { encryptionKey }: FilledDatabase): Promise<ServerProcess> {
  return startServer('src/main.ts', {
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: Buffer.from(encryptionKey).toString('base64'),
    PORT: '0',
    LOG_LEVEL: 'warn',
  })
}

function startBaseline(databaseUrl: string, { keys }: FilledDatabase): Promise<ServerProcess> {
  return startServer('bench/baseline-token-server.ts', {
    DATABASE_URL: databaseUrl,
    SECRET_MAC: Buffer.from(keys.secretMac).toString('base64'),
    SIGNING_KEY: Buffer.from(keys.tokenSigning[0]?.bytes ?? []).toString('base64'),
  })
}

async function ask(server: ServerProcess, { path, ...request }: LoadRequest): Promise<Record<string, unknown>> {
  const response = await fetch(server.url + path, request)
  const body: Record<string, unknown> = JSON.parse(await response.text())
  if (!response.ok) throw new Error(`${server.url} answers ${response.status} ${JSON.stringify(body)}.`)
  return body
}

/** A comparison of servers that do not do the same would say nothing: same members, same claims, both signed right. */
async function checkSameAnswers(ours: ServerProcess, baseline: ServerProcess, request: LoadRequest): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${ours.url}/.well-known/jwks.json`))
  const shapes = []
  for (const server of [ours, baseline]) {
    const answer = await ask(server, request)
    const token = String(answer.access_token)
    if (server === ours) await jwtVerify(token, keys, { issuer: server.url })
    const { iss, aud, iat, exp, jti, ...claims } = decodeJwt(token)
    shapes.push(JSON.stringify({ ...answer, access_token: [token.length, claims] }))
  }
  if (shapes[0] !== shapes[1]) throw new Error(`The servers answer differently.\n${shapes.join('\n')}`)
}

/** Milliseconds. */
async function timeOne(server: ServerProcess, request: LoadRequest): Promise<number> {
  const begin = performance.now()
  await ask(server, request)
  return performance.now() - begin
}

async function timeSome(server: ServerProcess, requests: readonly LoadRequest[]): Promise<number> {
  const times: number[] = []
  for (const request of requests.slice(0, 200)) times.push(await timeOne(server, request))
  return median(times)
}

function describe(name: string, rounds: readonly Round[]): string {
  const rate = spread(
    rounds.map((round) => round.rate),
    0,
  )
  const [p50, p99] = [median(rounds.map((round) => round.p50)), median(rounds.map((round) => round.p99))]
  const processor = rounds.flatMap(({ processorMs }) => (processorMs === null ? [] : [processorMs * 1000]))
  const used = processor.length > 0 ? `, ${median(processor).toFixed(0)} µs of processor each` : ''
  return `${name.padEnd(16)} ${rate} grants/s, p50 ${p50} ms, p99 ${p99} ms${used}`
}

/** Less shaken than the rates by what else runs on the machine, and not softened by a load that is too slow. */
function processorRatio(ours: readonly Round[], baseline: readonly Round[]): string[] {
  const ratios = ours.flatMap(({ processorMs }, index) => {
    const of = baseline[index]?.processorMs
    return processorMs && of ? [of / processorMs] : []
  })
  return ratios.length > 0 ? [`by processor     ${spread(ratios, 2)}`] : []
}
