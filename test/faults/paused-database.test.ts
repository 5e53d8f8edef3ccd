import { inject } from 'vitest'
import { describe, expect, test } from '../support/index.ts'
import { type Answered, type OnOwnServer, onOwnServer } from './own-server.ts'

/** Milliseconds. An answer comes within 5 s; a machine that runs many tests at once takes longer over 200 of them. */
const WITHIN = 9000
const create = { query: 'mutation { createApp(input: { name: "Next", scopes: [] }) { app { id } errors { code } } }' }
const UNAVAILABLE = { code: 'UNAVAILABLE', retryAfter: 1 }

const isToldToComeBack = ({ status, retryAfter, body, took }: Answered) =>
  status === 503 && retryAfter === '1' && body.error === 'temporarily_unavailable' && took < WITHIN

/** Until it is answered again, as a client that keeps trying sees it. */
async function recovered({ askToken, ask }: OnOwnServer): Promise<void> {
  await expect.poll(async () => (await askToken()).status, { timeout: 20_000 }).toBe(200)
  await expect.poll(async () => (await ask('/readyz')).status, { timeout: 20_000 }).toBe(200)
}

describe.runIf(inject('engine') === 'postgres')('while the database is paused', { timeout: 90_000 }, () => {
  test('all that needs it is told to come back, within the deadline, and all else goes on', async () => {
    await using own = await onOwnServer()
    const { server, askToken, ask } = own
    expect((await askToken()).status).toBe(200)
    server.pause()

    const [token, list, mutation, ready] = await Promise.all([
      askToken(),
      ask('/graphql', { query: '{ apps { totalCount } }' }),
      ask('/graphql', create),
      ask('/readyz'),
      ...['/healthz', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server'].map(async (path) => {
        const { status, took } = await ask(path)
        expect([path, status]).toEqual([path, 200])
        expect(took).toBeLessThan(1000)
      }),
    ])
    expect(token).toSatisfy(isToldToComeBack)
    for (const { status, retryAfter, body } of [list, mutation]) {
      expect([status, retryAfter]).toEqual([503, '1'])
      expect(body.errors).toMatchObject([{ extensions: UNAVAILABLE }])
    }
    expect(ready.status).toBe(503)

    server.resume()
    await recovered(own)
    expect((await ask('/graphql', create)).body).toMatchObject({ data: { createApp: { errors: [] } } })
  })

  test('200 requests at once are too, and again and again', async () => {
    await using own = await onOwnServer()
    const { server, askToken } = own
    server.pause()
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 200 }, () => askToken()))
      expect(answers.filter((answer) => !isToldToComeBack(answer))).toEqual([])
    }
    server.resume()
    await recovered(own)
    const answers = await Promise.all(Array.from({ length: 200 }, () => askToken()))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  })

  test('what it was in the middle of has happened with its event, or not at all', async () => {
    await using own = await onOwnServer()
    const { server, ask } = own
    const before = await appsAndEvents(own)
    const made: Promise<Answered>[] = []
    for (let wave = 0; wave < 6; wave++) {
      for (let index = 0; index < 5; index++) made.push(ask('/graphql', create))
      await Promise.race(made.slice(-5))
    }
    server.pause()
    const answers = await Promise.all(made)
    server.resume()
    await recovered(own)
    const acknowledged = answers.filter(({ body }) => (body.data as Record<string, unknown> | undefined)?.createApp)
    for (const { status, body } of answers.filter((answer) => !acknowledged.includes(answer)))
      expect([status, body.errors]).toMatchObject([503, [{ extensions: UNAVAILABLE }]])

    const after = await appsAndEvents(own)
    expect(after.apps - before.apps).toBe(after.events - before.events)
    expect(after.apps - before.apps).toBeGreaterThanOrEqual(acknowledged.length)
  })
})

async function appsAndEvents({ ask }: OnOwnServer): Promise<{ apps: number; events: number }> {
  const query = '{ apps { totalCount } auditEvents(filter: { types: [APP_CREATED] }, first: 100) { nodes { id } } }'
  const { body } = await ask('/graphql', { query })
  const data = body.data as { apps: { totalCount: number }; auditEvents: { nodes: unknown[] } }
  return { apps: data.apps.totalCount, events: data.auditEvents.nodes.length }
}
