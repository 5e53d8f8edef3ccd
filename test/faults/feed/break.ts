import { setTimeout as sleep } from 'node:timers/promises'
import { type PostgresServer, type SpawnedGateway, spawnGateway } from '../../support/index.ts'
import type { Random } from './random.ts'

/** Something that goes wrong and is well again when it has resolved. */
export type Fault = () => Promise<void>

/** A gateway's process, on the same port whenever it runs. */
export type BreakableGateway = AsyncDisposable & {
  url: string
  /** Killed, and started again after a while. */
  kill(downMs: number): Promise<void>
  /** Asked to stop, and started again. */
  restart(downMs: number): Promise<void>
  /** Held still: its connections stay, and so do its locks in the database. */
  pause(forMs: number): Promise<void>
  /** For good. */
  close(): Promise<void>
  /** How it ended without being told to, and what its ended processes had logged as errors: ours, not the database's. */
  errors(): string[]
}

export async function startBreakable(env: Record<string, string>): Promise<BreakableGateway> {
  let gateway: SpawnedGateway = await spawnGateway(env)
  const errors: string[] = []
  let told = false
  const watch = ({ process, stdout, stderr }: SpawnedGateway) => {
    told = false
    process.once('close', () => {
      errors.push(
        ...stdout()
          .split('\n')
          .filter((line) => /"level":[56]0/.test(line)),
      )
    })
    process.once('exit', (code, signal) => {
      if (!told) errors.push(`ended by itself, ${code ?? signal}: ${(stdout() + stderr()).slice(-3000)}`)
    })
  }
  watch(gateway)
  const { url } = gateway
  const end = async (signal: NodeJS.Signals, downMs: number) => {
    told = true
    await gateway.kill(signal)
    await gateway[Symbol.asyncDispose]()
    await sleep(downMs)
    gateway = await startAgain({ ...env, PORT: new URL(url).port })
    watch(gateway)
  }
  return {
    url,
    kill: (downMs) => end('SIGKILL', downMs),
    restart: (downMs) => end('SIGTERM', downMs),
    async pause(forMs) {
      gateway.process.kill('SIGSTOP')
      await sleep(forMs)
      gateway.process.kill('SIGCONT')
    },
    errors: () => errors,
    async close() {
      told = true
      await gateway.kill('SIGTERM')
    },
    async [Symbol.asyncDispose]() {
      told = true
      await gateway[Symbol.asyncDispose]()
    },
  }
}

/** Its start fails while the database is away, as it should: whoever runs it starts it again. */
async function startAgain(env: Record<string, string>): Promise<SpawnedGateway> {
  for (let tries = 1; ; tries++)
    try {
      return await spawnGateway(env)
    } catch (error) {
      if (tries === 60) throw error
      await sleep(300)
    }
}

/** Breaks things, one after the other in random order, each as often as the others, until there was each and `isOver` says so. */
export async function breakByTurns(faults: readonly Fault[], random: Random, isOver: () => boolean): Promise<void> {
  do
    for (const fault of random.shuffled(faults)) {
      await sleep(random.below(6000))
      await fault()
    }
  while (!isOver())
}

/** What is broken about a database. It comes back as it was: what it acknowledged is kept. */
export function faultsOfDatabase(server: PostgresServer, random: Random): Fault[] {
  const restart = (how: 'fast' | 'at once') => async () => {
    await server.halt(how)
    await sleep(random.below(2000))
    await server.start()
  }
  const pause = async () => {
    server.pause()
    await sleep(1000 + random.below(4000))
    server.resume()
  }
  return [restart('fast'), restart('at once'), pause, async () => server.crash()]
}

export function faultsOfGateway(gateway: BreakableGateway, random: Random): Fault[] {
  return [
    () => gateway.kill(random.below(3000)),
    () => gateway.restart(random.below(1000)),
    () => gateway.pause(1000 + random.below(5000)),
  ]
}
