import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type ServerProcess = {
  /** `http://localhost:` and its port. */
  url: string
  /** Milliseconds of processor time that it has used, of all its threads; null where the system does not tell. */
  processorMs(): number | null
  /** Memory that it holds at this moment. */
  residentBytes(): number
  /** Whether it has used next to no processor time since the last call. */
  isQuiet(): boolean
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a server as a process of its own and waits until it prints its address. Disposing ends it, by its id, and
 * waits until it has gone.
 *
 * @param file relative to the repository's root
 * @throws Error with what it printed where it ends before that
 */
export async function startServer(file: string, env: Record<string, string>): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const child = spawn(process.execPath, [path], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk
      const address = /http:\/\/localhost:\d+/.exec(printed)?.[0]
      if (address) resolve(address)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    gone.then(() => reject(new Error(`${file} ended before it listened.\n${printed}`)), reject)
  })
  let usedBefore = Number.NEGATIVE_INFINITY
  return {
    url,
    processorMs: () => processorMsOf(child.pid),
    residentBytes: () => residentBytesOf(child.pid),
    isQuiet() {
      const used = processorMsOf(child.pid) ?? 0
      const isQuiet = used - usedBefore < 50
      usedBefore = used
      return isQuiet
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** `utime` and `stime` of Linux's proc(5), in ticks of 10 ms. */
function processorMsOf(id: number | undefined): number | null {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return null
  }
}

/** Linux's proc(5); not a number elsewhere. */
function residentBytesOf(id: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}
