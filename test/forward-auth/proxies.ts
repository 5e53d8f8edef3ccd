import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../support/index.ts'

export type ProxyName = 'nginx' | 'Caddy'
type Ports = { listen: number; chatelaine: number; api: number }
type Setup = {
  programs: string[]
  /** Of docs/forward-auth/: the file itself is what is tried. */
  example: string
  /** What stands around the example. */
  main(example: string, folder: string): string
  arguments(file: string): string[]
}

const SETUPS: Record<ProxyName, Setup> = {
  nginx: {
    programs: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx'],
    example: 'nginx.conf',
    main: (example, folder) => `daemon off; pid ${folder}/pid; error_log stderr;
      ${process.getuid?.() === 0 ? 'user root;' : ''} events { } http { access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;\n${example}\n}`,
    arguments: (file) => ['-c', file],
  },
  Caddy: {
    programs: ['/usr/bin/caddy', '/usr/local/bin/caddy', '/opt/homebrew/bin/caddy'],
    example: 'Caddyfile',
    main: (example) => `{\n\tadmin off\n\tauto_https off\n}\n${example}`,
    arguments: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
}

/** The program, where this machine has it: `NGINX` and `CADDY` may say where. */
export function findProxy(name: ProxyName): string | null {
  const places = [process.env[name.toUpperCase()], ...SETUPS[name].programs]
  return places.find((place) => place && existsSync(place)) ?? null
}

export type Seen = { method: string; url: string; headers: string[]; body: string }
/** An API that lets everybody do everything, and tells what has reached it. */
export type OpenApi = AsyncDisposable & { port: number; seen: Seen[] }

export async function serveOpenApi(): Promise<OpenApi> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.rawHeaders, body })
    response.writeHead(200, { 'content-length': 7 }).end('reached')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dispose = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, seen, [Symbol.asyncDispose]: dispose }
}

export type RunningProxy = AsyncDisposable & { port: number }

/**
 * Starts the real program with the example of docs/forward-auth/, in which nothing but addresses is another, and
 * `changes`.
 */
export async function startProxy(
  name: ProxyName,
  to: Omit<Ports, 'listen'>,
  changes: Record<string, string> = {},
): Promise<RunningProxy> {
  const { example, main, arguments: argumentsFor } = SETUPS[name]
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await tempFolder())
  const port = await freePort()
  const written = await readFile(fileURLToPath(new URL(`../../docs/forward-auth/${example}`, import.meta.url)), 'utf8')
  const addresses = { '127.0.0.1:4000': `127.0.0.1:${to.chatelaine}`, '127.0.0.1:5000': `127.0.0.1:${to.api}` }
  const config = Object.entries({ ...addresses, '8080': String(port), ...changes }).reduce((text, [from, into]) => {
    if (!text.includes(from)) throw new Error(`docs/forward-auth/${example} has no ${from}.`)
    return text.replaceAll(from, into)
  }, written)
  const file = join(folder.path, example)
  await writeFile(file, main(config, folder.path))
  const env = { PATH: process.env.PATH, HOME: folder.path }
  const child = spawn(findProxy(name) ?? '', argumentsFor(file), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  opened.defer(() => end(child))
  await listening(child, port)
  const toClose = opened.move()
  return { port, [Symbol.asyncDispose]: () => toClose.disposeAsync() }
}

/** @throws Error with what it wrote, where it ends before it listens */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The proxy ended before it listened.\n${written}`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([once(socket, 'connect'), once(socket, 'error').then(() => null)]).catch(
      () => null,
    )
    socket.destroy()
    if (isOpen) return
    await setTimeout(20) // nothing but a connection shows that it listens
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** A port that nobody listens at, at this moment. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export type Answer = { status: number; head: string; body: string }

/** Sends a request byte for byte, as Latin-1: no client of Node's would send what is tried here. */
export async function send(port: number, line: string, headers: readonly string[], body = ''): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
  socket.setTimeout(15_000, () => socket.destroy()) // a proxy that waits for more of it
  const closed = Promise.race([once(socket, 'close'), once(socket, 'error')])
  const length = body === '' ? [] : [`Content-Length: ${body.length}`]
  socket.write(`${[line, ...headers, ...length, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`, 'latin1')
  await closed
  const [head = '', rest = ''] = Buffer.concat(chunks)
    .toString('latin1')
    .split(/\r\n\r\n(.*)/s)
  return { status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1] ?? 0), head, body: rest }
}
