import type { LoadRequest } from 'autocannon'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { fillDatabase } from './support/clients.ts'
import { median } from './support/numbers.ts'
import { alternate, describeRounds, processorRatio, rateRatio } from './support/rounds.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import type { ServerProcess } from './support/server-process.ts'
import { tokenRequest } from './support/token-request.ts'
import { askForToken, startBaseline, startGateway } from './support/token-servers.ts'

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

  const rounds = await alternate({ ours: { server: ours, requests }, baseline: { server: baseline, requests } }, ROUNDS)
  const laterOfOurs = await timeSome(ours, requests)
  const laterOfBaseline = await timeSome(baseline, requests)

  const byProcessor = processorRatio(rounds.ours, rounds.baseline)
  process.stdout.write(
    [
      `${CLIENTS} clients, 40 connections, ${ROUNDS} rounds of 4 s each by turns; median (least–greatest)`,
      describeRounds('Chatelaine', rounds.ours),
      describeRounds('bare node:http', rounds.baseline),
      `ratio            ${rateRatio(rounds.ours, rounds.baseline)}`,
      ...(byProcessor === null ? [] : [`by processor     ${byProcessor}`]),
      '',
      'one request at a time, milliseconds: the first after the start, the median of 200 later',
      `Chatelaine       ${firstOfOurs.toFixed(1)}, ${laterOfOurs.toFixed(2)}   (started in ${started.toFixed(0)} ms)`,
      `bare node:http   ${firstOfBaseline.toFixed(1)}, ${laterOfBaseline.toFixed(2)}`,
      '',
    ].join('\n'),
  )
}

/** A comparison of servers that do not do the same would say nothing: same members, same claims, both signed right. */
async function checkSameAnswers(ours: ServerProcess, baseline: ServerProcess, request: LoadRequest): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${ours.url}/.well-known/jwks.json`))
  const shapes = []
  for (const server of [ours, baseline]) {
    const answer = await askForToken(server, request)
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
  await askForToken(server, request)
  return performance.now() - begin
}

async function timeSome(server: ServerProcess, requests: readonly LoadRequest[]): Promise<number> {
  const times: number[] = []
  for (const request of requests.slice(0, 200)) times.push(await timeOne(server, request))
  return median(times)
}
