import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tempFolder } from '../support/index.ts'
import { openPage, type Window } from './browser-like.ts'

/** A script of a page: it refers to nothing outside of it, because a real browser gets its text. */
export type Script<Input, Result> = (window: Window, input: Input) => Promise<Result>

/** A real server of another origin, `http://localhost:` and a port, with one page. */
export type SecondOrigin = AsyncDisposable & {
  origin: string
  /** Opens the page in a browser-like client, with this cookie for its host, and runs the script in it. */
  inBrowserLike<Input, Result>(cookie: string, script: Script<Input, Result>, input: Input): Promise<Result>
  /** The same in a real browser. @param program its path */
  inBrowser<Input, Result>(
    program: string,
    cookie: string,
    script: Script<Input, Result>,
    input: Input,
  ): Promise<Result>
}

/** A Chromium of this machine, or the one at CHROMIUM; null where there is none. */
export function findChromium(): string | null {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  return places.find((place) => place && isProgram(place)) ?? null
}

export async function serveSecondOrigin(): Promise<SecondOrigin> {
  let page = ''
  let cookie = ''
  let told = Promise.withResolvers<string>()
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      if (request.headers.cookie === cookie) told.resolve(text)
      else told.reject(new Error('The browser has no cookie for this host: what it did shows nothing.'))
    }
    // Of the host: a browser sends it to every port of it.
    response.setHeader('set-cookie', `${cookie}; Path=/; HttpOnly; SameSite=Lax`)
    response.setHeader('content-type', 'text/html; charset=utf-8').end(request.url === '/' ? page : '')
  }).listen(0, 'localhost')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    async inBrowserLike(given, script, input) {
      cookie = given
      return script(await openPage(`${origin}/`), input)
    },
    async inBrowser<Input, Result>(program: string, given: string, script: Script<Input, Result>, input: Input) {
      cookie = given
      page = `<!doctype html><script type="module">
        const result = await (${script})({ fetch: fetch.bind(window), WebSocket }, ${JSON.stringify(input)})
        await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
      </script>`
      told = Promise.withResolvers()
      await using profile = await tempFolder()
      const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile.path}`]
      const browser = spawn(program, [...options, `${origin}/`], { stdio: 'ignore', detached: true })
      browser.once('close', () => told.reject(new Error('The browser ended before its page did.')))
      try {
        return JSON.parse(await told.promise) as Result
      } finally {
        await endGroup(browser)
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A browser is many processes: its group, which it leads. */
async function endGroup(browser: ChildProcess): Promise<void> {
  const ended = once(browser, 'close')
  if (browser.pid) process.kill(-browser.pid, 'SIGKILL')
  await ended
}
