import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { requireNoSecrets } from './leaks.ts'
import { tempFolder } from './temp-folder.ts'
import { preparedDataDir } from './test-gateway.ts'

export type SpawnedGateway = AsyncDisposable & {
  url: string
  process: ChildProcess
  /** What it was started with; with DATA_DIR and the rest of it, another start continues there. */
  env: Record<string, string>
  /** All that it wrote so far. */
  stdout(): string
  stderr(): string
  /** Sends a signal and waits for the end; where it has ended already, says how. */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Starts `src/main.ts` as a process of its own, on a free port, and waits until it is ready: for what only a process
 * shows, signals and crashes. On the embedded database in a temporary DATA_DIR unless `env` says otherwise; a DATA_DIR
 * of the caller's is left there at the end.
 *
 * @throws Error with what it wrote, where it ends before it is ready
 */
export async function spawnGateway(given: Record<string, string> = {}): Promise<SpawnedGateway> {
  await using opened = new AsyncDisposableStack()
  const dataDir = given.DATA_DIR ?? opened.use(given.DATABASE_URL ? await tempFolder() : await preparedDataDir()).path
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_EMAIL: 'owner@example.com',
    ADMIN_PASSWORD: randomBytes(12).toString('hex'),
    ...(given.DATABASE_URL ? { ENCRYPTION_KEY: randomBytes(32).toString('base64') } : {}),
    ...given,
  }
  const child = spawn(`${root}/node_modules/.bin/node`, ['src/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const kill: SpawnedGateway['kill'] = async (sent = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(sent)
    const [code, signal] = await ended
    return { code, signal }
  }
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit) // where nobody came to stop it
  opened.defer(async () => {
    await kill('SIGKILL')
    process.off('exit', killAtExit)
  })

  const written = { stdout: '', stderr: '' }
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    const line = /Chatelaine is ready: .*\n/.exec(written.stdout)?.[0]
    if (line) resolve(/listening on (\S+)\)/.exec(line)?.[1] ?? line.trim().split(' ').at(-1) ?? '')
  })
  ended.then(
    () => reject(new Error(`The gateway ended before it was ready.\n${written.stdout}${written.stderr}`)),
    reject,
  )
  const url = await ready
  const toClose = opened.move()
  return {
    url,
    process: child,
    env,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    kill,
    async [Symbol.asyncDispose]() {
      await toClose.disposeAsync()
      requireNoSecrets('the output of a gateway', written.stdout + written.stderr, [
        env.ADMIN_PASSWORD,
        env.ENCRYPTION_KEY,
      ])
    },
  }
}
