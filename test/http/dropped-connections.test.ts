import { once } from 'node:events'
import { connect } from 'node:net'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { expect, test } from '../support/index.ts'
import { startDoors } from './doors.ts'

const query = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

/** How far a client comes before it is gone. */
const steps = ['connected', 'init sent', 'acknowledged', 'subscribed', 'greeted'] as const

async function dropSocket(url: string, token: string, step: (typeof steps)[number]): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const closed = once(socket, 'close')
  await once(socket, 'open')
  const reached = steps.indexOf(step)
  if (reached >= 1)
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  if (reached >= 2) await once(socket, 'message')
  if (reached >= 3) socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  if (reached >= 4) await once(socket, 'message')
  socket.terminate()
  await closed
}

/** @param wait for the first bytes of the answer before it is cut */
async function dropStream(port: number, token: string, wait: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const path = `/graphql?${new URLSearchParams({ query })}`
  const closed = once(socket, 'close')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  if (wait) await once(socket, 'data')
  socket.destroy()
  await closed
}

test('1,000 clients that come and drop at any moment leave nothing behind', { timeout: 60_000 }, async ({
  db,
  owner,
  instance,
}) => {
  await using doors = await startDoors(db, instance)
  const token = await doors.watcherToken(owner)
  for (let round = 0; round < 50; round += 1) {
    const sockets = Array.from({ length: 14 }, (_, index) =>
      dropSocket(doors.url, token, steps[index % steps.length] ?? 'greeted'),
    )
    const streams = Array.from({ length: 6 }, (_, index) => dropStream(doors.port, token, index % 2 === 0))
    await Promise.all([...sockets, ...streams])
  }
  await vi.waitFor(() => expect([doors.feed.followers(owner.accountId), doors.live.count()]).toEqual([0, 0]), {
    timeout: 5000,
    interval: 20,
  })
  expect(doors.errors).toEqual([])

  // One that stays is counted, so the zeros above say something.
  const socket = new WebSocket(`${doors.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  await once(socket, 'message')
  expect([doors.feed.followers(owner.accountId), doors.live.count()]).toEqual([1, 1])
  socket.terminate()
})
