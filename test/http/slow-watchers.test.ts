import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { writeEvents } from '../audit/write-events.ts'
import { expect, subscribe, subscribeSse, type TestInstance, test } from '../support/index.ts'
import { startDoors } from './doors.ts'

// What a watcher is given is looked at once a second, and a minute passes when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const SHARE = 65_536
/** Each message is about as large as the record: 100 of them are more than any socket's buffers in the kernel take. */
const BIG = 'x'.repeat(100_000)
const EVENTS = 120
const feed = `subscription { auditEvents(begin: OLDEST) { cursor node { sequence changes { after } } } }`
const light = 'subscription { auditEvents(begin: OLDEST) { node { sequence } } }'
type Light = { auditEvents: { node: { sequence: number } } }

async function bigHistory(db: Database, owner: Caller, count = EVENTS) {
  for (let written = 0; written < count; written += 10)
    await writeEvents(db, owner, 10, { changes: [{ field: 'description', before: null, after: BIG }] })
}

/** A socket that subscribes and reads nothing more from then on. */
async function stoppedSocket(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: feed } }))
  socket.pause()
  return socket
}

/** An event stream whose client reads nothing. */
async function stoppedStream(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause()
  await once(socket, 'connect')
  const path = `/graphql?${new URLSearchParams({ query: feed })}`
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  return socket
}

async function start(db: Database, owner: Caller, instance: TestInstance) {
  const doors = await startDoors(db, instance, { slowWatcherBytes: SHARE })
  const token = await doors.watcherToken(owner)
  /** Bytes that wait in this process for each connection that is open. */
  const unsent = () => doors.connections().map(({ writableLength }) => writableLength)
  return { doors, token, unsent }
}

test('who stops reading holds a bounded part in memory, slows nobody, and is closed with 4412 after a minute [feed 10]', {
  timeout: 120_000,
}, async ({ db, owner, instance }) => {
  await bigHistory(db, owner)
  const { doors, token, unsent } = await start(db, owner, instance)
  await using _doors = doors
  const stopped = await stoppedSocket(doors.url, token)
  await expect.poll(() => Math.max(...unsent()), { timeout: 30_000 }).toBeGreaterThan(0)
  const full = () => unsent().some((bytes) => bytes >= SHARE)
  await expect.poll(full, { timeout: 30_000 }).toBe(true)

  // Others are told everything meanwhile, and what waits for the one who does not read grows no more.
  const waiting = Math.max(...unsent())
  await using socket = subscribe<Light>(doors.url, token, light)
  const events = EVENTS + 1 // with the watching app's own
  expect((await socket.take(events)).map(({ data }) => data?.auditEvents.node.sequence).at(-1)).toBe(events)
  await bigHistory(db, owner, 20)
  doors.feed.wake(owner.accountId)
  expect((await socket.take(20)).at(-1)?.data?.auditEvents.node.sequence).toBe(events + 20)
  expect(Math.max(...unsent())).toBe(waiting)
  expect(waiting).toBeLessThanOrEqual(SHARE + BIG.length + 1000)

  const closed = once(stopped, 'close')
  await vi.advanceTimersByTimeAsync(55_000)
  expect(doors.connections()).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(8000)
  stopped.resume() // what was on its way comes first, then the close
  const messages: string[] = []
  stopped.on('message', (data) => messages.push(String(data)))
  const [code, reason] = await closed
  expect([code, String(reason)]).toEqual([4412, 'Too slow'])
  const sequences = messages.map((text) => JSON.parse(text).payload.data.auditEvents.node.sequence)
  expect(sequences).toEqual(sequences.map((_, index) => index + 1))
  await expect.poll(() => doors.feed.followers(owner.accountId)).toBe(1)
  expect(doors.errors).toEqual([])
})

test('an event stream that nobody reads is cut off likewise', { timeout: 120_000 }, async ({ db, owner, instance }) => {
  await bigHistory(db, owner)
  const { doors, token, unsent } = await start(db, owner, instance)
  await using _doors = doors
  const stopped = await stoppedStream(doors.port, token)
  stopped.on('error', () => {})
  await expect.poll(() => unsent().some((bytes) => bytes >= SHARE), { timeout: 30_000 }).toBe(true)
  await using stream = await subscribeSse<{ data: Light }>(doors.url, token, light)
  expect((await stream.take(EVENTS + 1)).at(-1)?.data.data.auditEvents.node.sequence).toBe(EVENTS + 1)
  expect(Math.max(...unsent())).toBeLessThanOrEqual(SHARE + 2 * (BIG.length + 1000))

  await vi.advanceTimersByTimeAsync(63_000)
  await expect.poll(() => doors.feed.followers(owner.accountId)).toBe(1)
  let text = ''
  stopped.on('data', (chunk: Buffer) => {
    text = (text + chunk).slice(-200)
  })
  stopped.resume()
  await once(stopped, 'close')
  expect(text).not.toContain('event: complete')
  expect(doors.errors).toEqual([])
})

test('who reads slowly is left alone, however long the backlog takes [feed 10]', { timeout: 120_000 }, async ({
  db,
  owner,
  instance,
}) => {
  await bigHistory(db, owner)
  const { doors, token, unsent } = await start(db, owner, instance)
  await using _doors = doors
  const slow = await stoppedSocket(doors.url, token)
  let last = 0
  slow.on('message', (data) => {
    last = JSON.parse(String(data)).payload.data.auditEvents.node.sequence
    if (last % 30 === 0) slow.pause()
  })
  await expect.poll(() => unsent().some((bytes) => bytes >= SHARE), { timeout: 30_000 }).toBe(true)
  for (let read = last; last < EVENTS; read = last) {
    await vi.advanceTimersByTimeAsync(25_000)
    slow.resume()
    await expect.poll(() => last, { timeout: 10_000 }).toBeGreaterThan(read)
  }
  expect(slow.readyState).toBe(WebSocket.OPEN)
  slow.terminate()
})

test('who asks and does not take the answers is asked nothing more: pings fill no memory', {
  timeout: 60_000,
}, async ({ db, owner, instance }) => {
  const { doors, token, unsent } = await start(db, owner, instance)
  await using _doors = doors
  const socket = await stoppedSocket(doors.url, token)
  const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(60_000) } })
  for (let sent = 0; sent < 1000; sent += 1) socket.send(ping) // 60 MB of answers
  await expect.poll(() => unsent().some((bytes) => bytes >= SHARE), { timeout: 30_000 }).toBe(true)
  await expect.poll(() => socket.bufferedAmount, { timeout: 30_000 }).toBeGreaterThan(0) // it is read no more
  expect(Math.max(...unsent())).toBeLessThan(10 * SHARE)
  let answers = 0
  socket.on('message', (data) => {
    if (JSON.parse(String(data)).type === 'pong') answers += 1
  })
  socket.resume()
  await expect.poll(() => answers, { timeout: 30_000 }).toBe(1000) // and all of it once it reads
  socket.terminate()
})
