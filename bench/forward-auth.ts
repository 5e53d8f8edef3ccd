import type { LoadRequest } from 'autocannon'
import { builtInCatalogue, createEndpointMatcher } from '../src/scopes/index.ts'
import { fillDatabase, SCOPES } from './support/clients.ts'
import { spread } from './support/numbers.ts'
import { alternate, describeRounds, processorRatio, rateRatio } from './support/rounds.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { type ServerProcess, startServer } from './support/server-process.ts'
import { tokenRequest } from './support/token-request.ts'
import { askForToken, startGateway } from './support/token-servers.ts'

const CLIENTS = 400
const ROUNDS = 6
const TEMPLATES = 10_000
const LOOK_UPS = 100_000

/**
 * Answers per second of /forward-auth, for tokens that it has seen, as a ratio to a bare node:http server that looks a
 * verified token up in a Map; and what it costs to match a request among 10,000 endpoint templates.
 */
export async function benchForwardAuth(): Promise<void> {
  benchMatching()
  await using database = await createScratchDatabase()
  const filled = await fillDatabase(database.url, CLIENTS)
  await using ours = await startGateway(database.url, filled, { TRUST_PROXY: '127.0.0.1' })
  await using baseline = await startServer('bench/baseline-forward-auth-server.ts', {})
  const requests: LoadRequest[] = []
  for (const client of filled.clients) {
    const { access_token } = await askForToken(ours, tokenRequest(client))
    requests.push(requestWith(String(access_token)))
  }
  await checkSameAnswers(ours, baseline, requests)

  const rounds = await alternate({ ours: { server: ours, requests }, baseline: { server: baseline, requests } }, ROUNDS)
  const byProcessor = processorRatio(rounds.ours, rounds.baseline)
  process.stdout.write(
    [
      `${CLIENTS} tokens, 40 connections, ${ROUNDS} rounds of 4 s each by turns; median (least–greatest)`,
      describeRounds('Chatelaine', rounds.ours, 'answers'),
      describeRounds('bare node:http', rounds.baseline, 'answers'),
      `ratio            ${rateRatio(rounds.ours, rounds.baseline)}`,
      ...(byProcessor === null ? [] : [`by processor     ${byProcessor}`]),
      '',
    ].join('\n'),
  )
}

/** As Caddy asks, for what the clients' first scope opens. */
function requestWith(token: string): LoadRequest {
  const [endpoint] = builtInCatalogue('localhost').scope(SCOPES[0] ?? '')?.endpoints ?? []
  if (!endpoint) throw new Error('The scope opens nothing.')
  return {
    method: 'GET',
    path: '/forward-auth',
    body: '',
    headers: {
      'user-agent': 'bench',
      'x-forwarded-for': '198.51.100.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-method': endpoint.method,
      'x-forwarded-host': endpoint.host,
      'x-forwarded-uri': endpoint.path.replaceAll(/\{\w+\}/g, 'AC0123456789abcdef0123456789abcdef'),
      authorization: `Bearer ${token}`,
    },
  }
}

/** Each token once at each, which also makes them known; servers that answer differently would say nothing. */
async function checkSameAnswers(ours: ServerProcess, baseline: ServerProcess, requests: LoadRequest[]): Promise<void> {
  for (const { path, headers } of requests) {
    const shown = []
    for (const { url } of [ours, baseline]) {
      const answer = await fetch(url + path, { headers: headers as Record<string, string> })
      await answer.arrayBuffer()
      const identity = ['x-account-id', 'x-client-id', 'x-scopes', 'cache-control'].map((name) =>
        answer.headers.get(name),
      )
      shown.push(JSON.stringify([answer.status, identity]))
    }
    if (shown[0] !== shown[1]) throw new Error(`The servers answer differently.\n${shown.join('\n')}`)
  }
}

/** A hundred resources of twenty endpoints at five hosts, each in its own place of the tree. */
function benchMatching(): void {
  const endpoints = Array.from({ length: TEMPLATES }, (_, index) => {
    const [host, resource, depth] = [index % 5, Math.floor(index / 5) % 100, Math.floor(index / 500)]
    const below = depth % 2 === 0 ? '' : '/{Sid}'
    return {
      method: 'GET',
      host: `api${host}.example.com`,
      path: `/v1/accounts/{Account}/r${resource}/{Id}/part-${depth}${below}`,
    }
  })
  const scopes = endpoints.map((endpoint, index) => {
    const shown = { title: '', product: 'p', resource: 'r', action: 'a' }
    return { ...shown, name: `/n/p/r/a${index}`, endpoints: [endpoint] }
  })
  const matcher = createEndpointMatcher({ scopes })
  const asked = endpoints.map(({ host, path }) => ({ host, path: path.replaceAll(/\{\w+\}/g, 'AC0123456789abcdef') }))
  const micros: number[] = []
  for (let round = -1; round < ROUNDS; round++) {
    const begin = performance.now()
    for (let index = 0; index < LOOK_UPS; index++) {
      const { host, path } = asked[(index * 7919) % TEMPLATES] ?? { host: '', path: '' }
      if (!matcher.find('GET', host, path)) throw new Error('An endpoint was not found.')
    }
    if (round >= 0) micros.push(((performance.now() - begin) * 1000) / LOOK_UPS)
  }
  process.stdout.write(`matching a request among ${TEMPLATES} endpoint templates: ${spread(micros, 2)} µs\n\n`)
}
