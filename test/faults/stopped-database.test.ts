import { inject } from 'vitest'
import { describe, expect, subscribe, subscribeSse, test } from '../support/index.ts'
import { type OnOwnServer, onOwnServer } from './own-server.ts'

const create = { query: 'mutation { createApp(input: { name: "Next", scopes: [] }) { errors { code } } }' }
const feed = `subscription ($begin: FeedStart!) {
  auditEvents(begin: $begin, heartbeat: "PT30S") { cursor live node { sequence app { name } } }
}`
const createdAgain = async ({ ask }: OnOwnServer) => (await ask('/graphql', create)).body

describe.runIf(inject('engine') === 'postgres')('while the database server is down', { timeout: 90_000 }, () => {
  test('nothing waits: tokens, readiness, queries; when it is up again, so is everything', async () => {
    await using own = await onOwnServer()
    const { server, askToken, ask } = own
    for (let times = 0; times < 2; times++) {
      await server.halt()
      const answers = await Promise.all(Array.from({ length: 50 }, () => askToken()))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
      for (const { status, body } of [await ask('/graphql', create)])
        expect([status, body.errors]).toMatchObject([503, [{ extensions: { code: 'UNAVAILABLE' } }]])
      expect((await ask('/readyz')).status).toBe(503)
      expect((await ask('/.well-known/jwks.json')).status).toBe(200)

      await server.start()
      await expect.poll(async () => (await askToken()).status, { timeout: 10_000 }).toBe(200)
      expect(await createdAgain(own)).toMatchObject({ data: { createApp: { errors: [] } } })
      expect((await ask('/readyz')).status).toBe(200)
    }
  })

  test('streams end so that clients come back, and go on where they were', async () => {
    await using own = await onOwnServer()
    const { server, gateway, token, ask } = own
    await using socket = subscribe(gateway.url, token, feed, { begin: 'NOW' })
    await using stream = await subscribeSse(gateway.url, token, feed, { begin: 'NOW' })
    const greeted = (await socket.next()).data?.auditEvents as { cursor: string }
    await stream.next()

    await server.halt()
    expect(await socket.closed).toEqual({ code: 1013, reason: 'Unavailable' })
    await expect(stream.next()).rejects.toThrow()

    // An EventSource comes back after the end of a stream, and after no status but 200; all others are told a status.
    const get = `/graphql?query=${encodeURIComponent('subscription { auditEvents { cursor } }')}`
    const accept = { accept: 'text/event-stream' }
    expect(await ask(get, undefined, accept)).toMatchObject({ status: 200, body: { text: 'retry: 2000\n\n' } })
    expect(await ask('/graphql', { query: feed }, accept)).toMatchObject({ status: 503, retryAfter: '1' })
    const refused = subscribe(gateway.url, token, feed)
    expect(await refused.closed).toEqual({ code: 1013, reason: 'Unavailable' })
    await refused.close()

    await server.start()
    await expect
      .poll(() => createdAgain(own), { timeout: 10_000 })
      .toMatchObject({ data: { createApp: { errors: [] } } })
    const after = feed.replace('$begin: FeedStart!', '$after: String').replace('begin: $begin', 'after: $after')
    await using resumed = subscribe(gateway.url, token, after, { after: greeted.cursor })
    expect((await resumed.take(2)).map(({ data }) => data?.auditEvents)).toMatchObject([
      { live: false, node: null },
      { node: { app: { name: 'Next' } } },
    ])
  })
})
