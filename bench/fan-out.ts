import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { median, spread } from './support/numbers.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { type ServerProcess, startServer } from './support/server-process.ts'
import { openWatchers, type Watchers } from './support/watchers.ts'

const WATCHERS = [3000, 10_000]
const BLOCKS = 3
const EVENTS = 8
const SUBSCRIPTION =
  'subscription { auditEvents { cursor live node { sequence name occurredAt actorName description changes { field before after } } } }'

/**
 * From an event to its having reached the last of many watchers, as a ratio to a bare broadcast of a ready frame of the
 * same size; and what an idle watcher costs in memory. The event is a mutation's, and its own time is shown apart: what
 * it takes until a single watcher is told. Watchers, servers and database share the machine: the ratio counts.
 */
export async function benchFanOut(): Promise<void> {
  for (const count of WATCHERS) {
    const times = { ours: [] as number[], alone: [] as number[], baseline: [] as number[] }
    const memory: number[] = []
    const ratios: number[] = []
    const ofBroadcast: number[] = []
    for (let block = 0; block < BLOCKS; block++) {
      const ours = await timeOurs(count)
      const baseline = await timeBaseline(count, ours.frameBytes)
      times.ours.push(...ours.times)
      times.alone.push(...ours.alone)
      times.baseline.push(...baseline)
      memory.push(ours.idleBytes / 1024)
      ratios.push(median(ours.times) / median(baseline))
      ofBroadcast.push((median(ours.times) - median(ours.alone)) / median(baseline))
    }
    process.stdout.write(
      [
        `${count} watchers, ${BLOCKS} blocks of ${EVENTS} events each by turns; median (least–greatest)`,
        `Chatelaine       ${spread(times.ours, 0)} ms from the mutation to the last watcher`,
        `                 ${spread(times.alone, 0)} ms from the mutation to a single one`,
        `bare broadcast   ${spread(times.baseline, 0)} ms`,
        `ratio            ${spread(ofBroadcast, 2)} without the mutation's own time, ${spread(ratios, 2)} with it`,
        `memory           ${spread(memory, 1)} KiB for each idle watcher`,
        '',
      ].join('\n'),
    )
  }
}

async function timeOurs(count: number): Promise<OurTimes> {
  await using database = await createScratchDatabase()
  const password = randomBytes(12).toString('hex')
  await using server = await startServer('src/main.ts', {
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_PASSWORD: password,
    PORT: '0',
    LOG_LEVEL: 'warn',
  })
  const input = `{ email: "admin@localhost", password: "${password}" }`
  const { signIn } = await ask(server, `mutation { signIn(input: ${input}) { sessionToken } }`)
  const token = String(signIn?.sessionToken)
  let frameBytes = 0
  const begin = async (socket: WebSocket) => {
    const send = (message: object) => socket.send(JSON.stringify(message))
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
    await once(socket, 'message')
    send({ type: 'subscribe', id: '1', payload: { query: SUBSCRIPTION } })
    socket.once('message', (message: Buffer) => {
      frameBytes = message.length
    })
  }
  const open = (some: number) => openWatchers(`${server.url.replace('http', 'ws')}/graphql`, some, PROTOCOL, begin)
  let renamed = 0
  const rename = () =>
    ask(server, `mutation { updateAccount(input: { name: "Account ${renamed++}" }) { errors { code } } }`, token)
  const alone = await timeAlone(await open(1), rename)

  const before = server.residentBytes()
  await using watchers = await open(count)
  await until(() => server.isQuiet())
  const idleBytes = (server.residentBytes() - before) / count
  await watchers.timeOne(rename) // compiles
  return { times: await timeSome(() => watchers.timeOne(rename)), alone, frameBytes, idleBytes }
}

async function timeAlone(opened: Watchers, publish: () => Promise<unknown>): Promise<number[]> {
  await using watcher = opened
  for (let round = 0; round < 4; round++) await timeSome(() => watcher.timeOne(publish)) // compiles
  return await timeSome(() => watcher.timeOne(publish))
}

/** Milliseconds; `alone` with a single watcher. */
type OurTimes = { times: number[]; alone: number[]; frameBytes: number; idleBytes: number }

async function timeBaseline(count: number, frameBytes: number): Promise<number[]> {
  await using server = await startServer('bench/baseline-fan-out-server.ts', { FRAME_BYTES: String(frameBytes) })
  await using watchers = await openWatchers(server.url.replace('http', 'ws'), count, undefined, async () => {})
  const publish = () => fetch(server.url, { method: 'POST' }).then((response) => response.text())
  await watchers.timeOne(publish)
  return await timeSome(() => watchers.timeOne(publish))
}

const PROTOCOL = 'graphql-transport-ws'

async function timeSome(time: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < EVENTS; round++) times.push(await time())
  return times
}

async function ask(server: ServerProcess, query: string, token?: string): Promise<Record<string, Answer>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  const { data, errors } = (await response.json()) as { data?: Record<string, Answer>; errors?: unknown }
  if (!data || errors) throw new Error(`${query} answers ${JSON.stringify(errors)}.`)
  return data
}
type Answer = Record<string, unknown> | null

/** Looks every half second. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 500))
}
