import { randomBytes } from 'node:crypto'
import { inject, vi } from 'vitest'
import { connectPostgres } from '../../src/database/index.ts'
import { rotateSigningKeys } from '../../src/keys/index.ts'
import { keySettingsOf } from '../../src/open-database.ts'
import {
  asGatewayRole,
  createPostgresDatabase,
  describe,
  expect,
  peek,
  startTestGateway,
  type TestGateway,
  test,
} from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, grant, introspect, newApp, type OAuthApp, post } from '../tokens/oauth.ts'
import { publishedKids } from '../tokens/published-kids.ts'
import { daysLater } from './signing-keys.ts'

type Host = { host: string }
const newKey = () => randomBytes(32).toString('base64')
const credentials = { grant_type: 'client_credentials' }

/** Asks one gateway by the name that all of them have. */
async function graphql(gateway: TestGateway, host: Host, session: string, query: string, variables: object = {}) {
  const headers = { ...host, 'content-type': 'application/json', authorization: `Bearer ${session}` }
  const { body } = await post(gateway.url, '/graphql', JSON.stringify({ query, variables }), headers)
  return body.data as { auditEvents: { edges: { cursor: string }[] } } | undefined
}
const events = 'query ($after: String) { auditEvents(first: 1, after: $after) { edges { cursor } } }'

/** A client that asks for tokens without a pause, of whichever gateway serves, and has each looked at by the other. */
function liveClient(serving: TestGateway[], app: OAuthApp, host: Host) {
  const failures: unknown[] = []
  let [tokens, stopped] = [0, false]
  const ask = async () => {
    const [one, other] = tokens % 2 === 0 ? serving : serving.toReversed()
    const answer = await post(one?.url ?? '', '/oauth/token', credentials, { ...basic(app), ...host })
    const token = String(answer.body.access_token)
    const looked = await introspect(other?.url ?? '', token, { ...basic(app), ...host })
    if (looked.body.active !== true) failures.push([answer.body, looked.body])
    tokens += 1
  }
  const asking = (async () => {
    while (!stopped) await ask().catch((error: unknown) => failures.push(error))
  })()
  const stop = async () => {
    stopped = true
    await asking
    return failures
  }
  const more = () => {
    const until = tokens + 4
    return vi.waitFor(() => expect(tokens).toBeGreaterThan(until), { timeout: 10_000 })
  }
  return { stop, more }
}

describe.runIf(inject('engine') === 'postgres')('ENCRYPTION_KEY changes in two roll-outs', () => {
  test('and live clients notice nothing, though keys rotate in the middle of each', { timeout: 120_000 }, async () => {
    const [before, after] = [newKey(), newKey()]
    await using database = await createPostgresDatabase()
    await using first = await startTestGateway({ env: { ENCRYPTION_KEY: before, DATABASE_URL: database.url } })
    const host = { host: new URL(first.publicUrl).host }
    await using opened = new AsyncDisposableStack()
    const start = async (env: Record<string, string>) =>
      opened.use(await startTestGateway({ env: { ...first.env, PUBLIC_URL: first.publicUrl, ...env } }))
    const { db, close } = connectPostgres(asGatewayRole(database.url), { max: 1 })
    opened.defer(close)

    const session = await first.signIn()
    const app = await newApp(first, session)
    const oldToken = await grant(first.url, app)
    const cursor = (await graphql(first, host, session, events))?.auditEvents.edges[0]?.cursor
    const serving = [first, await start({})]
    const client = liveClient(serving, app, host)
    const rollOuts = [
      { ENCRYPTION_KEY: before, ENCRYPTION_KEY_PREVIOUS: after },
      { ENCRYPTION_KEY: after, ENCRYPTION_KEY_PREVIOUS: before },
      { ENCRYPTION_KEY: after, ENCRYPTION_KEY_PREVIOUS: '' },
    ]
    for (const [step, env] of rollOuts.entries())
      for (const index of [0, 1]) {
        const old = serving[index]
        const fresh = await start(env)
        serving[index] = fresh
        await client.more()
        if (index === 0 && old) {
          // Both side by side: one key comes by age, made by either; the others by hand, by who is not restarted yet.
          const { wrapping, signing } = keySettingsOf(old.config)
          const kids = await publishedKids(fresh, host)
          if (step === 1) await daysLater(db, 30)
          else await rotateSigningKeys(db, wrapping, signing)
          for (const gateway of serving)
            await vi.waitFor(async () => expect(await publishedKids(gateway, host)).not.toEqual(kids), {
              timeout: 10_000,
            })
          await client.more()
        }
        await old?.close()
      }
    expect(await client.stop()).toEqual([])

    const [last] = serving
    if (!last) throw new Error('Nothing serves.')
    expect(await peek(db, 'select distinct wrapped_by from keys')).toHaveLength(1)
    expect((await introspect(last.url, oldToken, { ...basic(app), ...host })).body.active).toBe(true)
    expect((await graphql(last, host, session, events, { after: cursor }))?.auditEvents.edges).toHaveLength(1)
    await expect(start({ ENCRYPTION_KEY: before })).rejects.toThrow('npm run keys -- recover')
  })
})

describe.runIf(inject('engine') === 'pglite')('ENCRYPTION_KEY changes on the embedded database', () => {
  test('at one restart: tokens, secrets, sessions and cursors hold', { timeout: 60_000 }, async () => {
    await using folder = await preparedDataDir()
    const [before, after] = [newKey(), newKey()]
    await using first = await startTestGateway({ env: { DATA_DIR: folder.path, ENCRYPTION_KEY: before } })
    const host = { host: new URL(first.publicUrl).host }
    const session = await first.signIn()
    const app = await newApp(first, session)
    const oldToken = await grant(first.url, app)
    const cursor = (await graphql(first, host, session, events))?.auditEvents.edges[0]?.cursor
    await first.close()

    const swapped = { ENCRYPTION_KEY: after, ENCRYPTION_KEY_PREVIOUS: before, PUBLIC_URL: first.publicUrl }
    await using second = await startTestGateway({ env: { ...first.env, ...swapped } })
    expect((await graphql(second, host, session, events, { after: cursor }))?.auditEvents.edges).toHaveLength(1)
    const { body } = await post(second.url, '/oauth/token', credentials, { ...basic(app), ...host })
    for (const token of [oldToken, String(body.access_token)])
      expect((await introspect(second.url, token, { ...basic(app), ...host })).body.active).toBe(true)
  })
})
