import { randomBytes } from 'node:crypto'
import type { LoadRequest } from 'autocannon'
import { mintSecret } from '../src/apps/secret.ts'
import { type ClientSecret, fillDatabase, NO_HASH } from './support/clients.ts'
import { quantile, spread } from './support/numbers.ts'
import { sendPaced, sendPacedElsewhere } from './support/paced.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import type { ServerProcess } from './support/server-process.ts'
import { tokenRequest } from './support/token-request.ts'
import { startGateway } from './support/token-servers.ts'

const CLIENTS = 200
const ROUNDS = 6
const ROUND_SECONDS = 5
/** A second. */
const GOOD = 100
const WRONG = 1000

/**
 * How long good clients wait for a token, quiet and while 1,000 requests a second come with a secret that is none: one
 * that could be, which costs a look into the database, and one that is mistyped. By turns; the ratio of the p99 counts.
 */
export async function benchFlood(): Promise<void> {
  await using database = await createScratchDatabase()
  const filled = await fillDatabase(database.url, CLIENTS)
  const { clients } = filled
  await using gateway = await startGateway(database.url, filled)
  const good = clients.map(tokenRequest)
  const wrong = (await Promise.all(clients.map(withWrongSecret))).map(tokenRequest)
  const mistyped = wrong.map((each) => ({
    ...each,
    body: each.body.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
  }))
  const floods = { wrong, mistyped }

  await waitsOf(gateway, good) // for the compiler
  const quiet: number[][] = []
  const flooded: Record<keyof typeof floods, number[][]> = { wrong: [], mistyped: [] }
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(await waitsOf(gateway, good))
    for (const kind of ['wrong', 'mistyped'] as const) {
      const [waits] = await Promise.all([waitsOf(gateway, good), flood(gateway, floods[kind])])
      flooded[kind].push(waits)
    }
  }
  const describe = (name: string, rounds: number[][]) => {
    const ofRounds = (share: number) => rounds.map((waits) => quantile(waits, share))
    const ratios = ofRounds(0.99).map((p99, round) => p99 / quantile(quiet[round] ?? [], 0.99))
    const ratio = rounds === quiet ? '' : `, p99 to quiet ${spread(ratios, 1)}`
    return `${name.padEnd(22)} p50 ${spread(ofRounds(0.5), 1)} ms, p99 ${spread(ofRounds(0.99), 1)} ms${ratio}`
  }
  process.stdout.write(
    [
      `${GOOD} good requests a second, ${ROUNDS} rounds of ${ROUND_SECONDS} s by turns; median (least–greatest)`,
      describe('quiet', quiet),
      describe(`${WRONG}/s wrong secrets`, flooded.wrong),
      describe(`${WRONG}/s mistyped`, flooded.mistyped),
      '',
    ].join('\n'),
  )
}

/** A secret as this house makes them, of which there is none. */
async function withWrongSecret({ clientId }: ClientSecret): Promise<ClientSecret> {
  return { clientId, clientSecret: (await mintSecret(randomBytes(32), NO_HASH)).plain }
}

/** Milliseconds that each good client waited. */
async function waitsOf({ url }: ServerProcess, requests: readonly LoadRequest[]): Promise<number[]> {
  const answers = await sendPaced({ url, requests, rate: GOOD, seconds: ROUND_SECONDS })
  const refused = answers.find(({ status }) => status !== 200)
  if (refused) throw new Error(`A good client was answered ${refused.status}.`)
  return answers.map(({ waitMs }) => waitMs)
}

async function flood({ url }: ServerProcess, requests: readonly LoadRequest[]): Promise<void> {
  const answers = await sendPacedElsewhere({ url, requests, rate: WRONG, seconds: ROUND_SECONDS })
  const odd = answers.find(({ status }) => status !== 401 && status !== 429)
  if (odd) throw new Error(`A wrong secret was answered ${odd.status}.`)
}
