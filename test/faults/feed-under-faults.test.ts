import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { describe, expect, type GraphQLAnswer, startPostgresServer, test } from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'
import { anomaliesOf, type Recorded } from './feed/anomalies.ts'
import {
  type BreakableGateway,
  breakByTurns,
  type Fault,
  faultsOfDatabase,
  faultsOfGateway,
  startBreakable,
} from './feed/break.ts'
import { type Random, randomOf } from './feed/random.ts'
import { digestOf, EVENT, type Watcher, watchBySocket, watchByStream } from './feed/watch.ts'
import { startWriters } from './feed/write.ts'

const SECONDS = process.env.LONG ? 3600 : 60
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31))
const WATCHERS = 50
const WRITERS = 12
/** Where nobody comes further for so long, somebody is stuck. */
const STUCK_AFTER_MS = 90_000

type Gateways = [BreakableGateway, BreakableGateway]

describe.runIf(inject('engine') === 'postgres')('while gateways and their database break', () => {
  const TITLE = `every watcher holds the whole history, and it holds every mutation (repeat with SEED=${SEED})`
  test(TITLE, { timeout: SECONDS * 2000 + 900_000 }, async ({ signal }) => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await startPostgresServer({ synchronous_commit: 'on' }))
    const env = {
      DATABASE_URL: server.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ADMIN_EMAIL: 'owner@example.com',
      ADMIN_PASSWORD: randomBytes(12).toString('hex'),
    }
    const gateways: Gateways = [stack.use(await startBreakable(env)), stack.use(await startBreakable(env))]
    const token = await signIn(gateways[0].url, env)
    const before = (await historyAt(gateways[0].url, token)).length

    const watchers = Array.from({ length: WATCHERS }, (_, index): Watcher => {
      const random = randomOf(SEED, 100 + index)
      const watch = index % 2 === 0 ? watchBySocket : watchByStream
      return watch({ name: `${watch.name} ${index + 1}`, token, random, gateway: () => random.pick(gateways).url })
    })
    stack.defer(async () => void (await Promise.all(watchers.map((watcher) => watcher.close()))))
    const writers = startWriters(
      WRITERS,
      token,
      (writer) => randomOf(SEED, 10 + writer),
      (random) => random.pick(gateways).url,
    )
    stack.defer(writers.stop)

    await breakAll(
      [
        (random) => faultsOfDatabase(server, random),
        ...gateways.map((gateway) => (random: Random) => faultsOfGateway(gateway, random)),
      ],
      signal,
    )
    for (const watcher of watchers) watcher.calm()
    await writers.stop()
    for (const { url } of gateways) await writers.writeLast(url)
    const history = await historyAt(gateways[1].url, token)
    await allReached(watchers, history.length, signal)
    await Promise.all(watchers.map((watcher) => watcher.close()))

    const apps = await appsAt(gateways[0].url, token)
    const { mutations } = writers
    const found = anomaliesOf({ before, history, mutations, apps, watchers: watchers.map(({ log }) => log) })
    await Promise.all(gateways.map((gateway) => gateway.close()))
    const errors = gateways.flatMap((gateway) => gateway.errors())
    expect({ anomalies: found.slice(0, 20), errors: errors.slice(0, 20) }).toEqual({ anomalies: [], errors: [] })
    const connections = watchers.map(({ log }) => log.connections.length)
    const outcomes = Map.groupBy(mutations, ({ outcome }) => outcome)
    process.stdout.write(
      `SEED=${SEED}: ${history.length} events, ${[...outcomes].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ')}, ` +
        `${connections.reduce((sum, count) => sum + count, 0)} connections\n`,
    )
  })
})

/** Whatever can break, breaks at the same time as the rest. */
async function breakAll(kinds: ((random: Random) => Fault[])[], signal: AbortSignal): Promise<void> {
  const end = Date.now() + SECONDS * 1000
  let failed = false
  const isOver = () => failed || signal.aborted || Date.now() > end
  const breaking = kinds.map(async (faultsOf, stream) => {
    const random = randomOf(SEED, stream)
    await breakByTurns(faultsOf(random), random, isOver).catch((error: unknown) => {
      failed = true
      throw error
    })
  })
  await Promise.allSettled(breaking) // nothing is broken any more where the first error is told
  await Promise.all(breaking)
}

/** As long as somebody comes further, nobody is stuck. */
async function allReached(watchers: Watcher[], head: number, signal: AbortSignal): Promise<void> {
  const behind = () => watchers.filter(({ reached }) => reached() < head)
  let total = -1
  let movedAt = Date.now()
  while (behind().length > 0 && Date.now() - movedAt < STUCK_AFTER_MS && !signal.aborted) {
    const now = watchers.reduce((sum, { reached }) => sum + reached(), 0)
    if (now !== total) movedAt = Date.now()
    total = now
    await sleep(50)
  }
}

async function signIn(url: string, env: { ADMIN_EMAIL: string; ADMIN_PASSWORD: string }): Promise<string> {
  const input = { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD }
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }'
  const { body } = await postGraphQL<{ signIn: { sessionToken: string } }>(url, query, { input })
  return body.data?.signIn.sessionToken ?? ''
}

type Page<Node> = { nodes: Node[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }

/** All pages of a list; each is asked for again where the database cannot be reached at once. */
async function allOf<Node>(url: string, token: string, list: string, selected: string): Promise<Node[]> {
  const query = `query ($after: String) {
    list: ${list}(first: 100, after: $after) { nodes { ${selected} } pageInfo { endCursor hasNextPage } }
  }`
  const nodes: Node[] = []
  let after: string | null = null
  for (let tries = 0; ; ) {
    const { body }: GraphQLAnswer<{ list: Page<Node> | null }> = await postGraphQL(url, query, { after }, token)
    if (body.data?.list) {
      nodes.push(...body.data.list.nodes)
      if (!body.data.list.pageInfo.hasNextPage) return nodes
      after = body.data.list.pageInfo.endCursor
    } else {
      tries += 1
      if (tries === 100) throw new Error(JSON.stringify(body.errors))
      await sleep(300)
    }
  }
}

type Node = {
  sequence: number
  type: string
  userAgent: string | null
  appId: string
  changes: { field: string; after: unknown }[]
}

async function historyAt(url: string, token: string): Promise<Recorded[]> {
  const nodes = await allOf<Node>(url, token, 'auditEvents', EVENT)
  return nodes.map((node) => {
    const name = node.changes.find(({ field }) => field === 'name')?.after
    const isOfApp = node.type.startsWith('APP_') || node.type.startsWith('SECRET_')
    return {
      sequence: node.sequence,
      digest: digestOf(node),
      type: node.type,
      marker: node.userAgent,
      appId: isOfApp ? node.appId : null,
      name: typeof name === 'string' ? name : null,
    }
  })
}

async function appsAt(url: string, token: string): Promise<Map<string, string>> {
  const apps = await allOf<{ id: string; name: string }>(url, token, 'apps', 'id name')
  return new Map(apps.map(({ id, name }) => [id, name]))
}
