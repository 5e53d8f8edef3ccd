import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { crc32 } from 'node:zlib'
import basex from 'base-x'
import { inject } from 'vitest'
import { connectEmbedded, connectPostgres, migrate } from '../../src/database/index.ts'
import { recoverKeys } from '../../src/keys/index.ts'
import { keySettingsOf } from '../../src/open-database.ts'
import { createPostgresDatabase, expect, startTestGateway, test } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, grant, newApp, type OAuthApp, post } from './oauth.ts'

const base62 = basex('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
const grantType = { grant_type: 'client_credentials' }

/** A secret of the same id that is as well-formed, and wrong: all that stands between it and a token is the slow hash. */
function wrong(app: OAuthApp): OAuthApp {
  const [prefix, id] = app.secret.split('_')
  const body = `${prefix}_${id}_${base62.encode(randomBytes(32)).padStart(43, '0')}`
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return { ...app, secret: body + base62.encode(checksum).slice(-6).padStart(6, '0') }
}

/** A gateway after a recovery, and an app whose secret was not shown since. */
async function startRecovering(opened: AsyncDisposableStack) {
  const database: Record<string, string> =
    inject('engine') === 'postgres'
      ? { DATABASE_URL: opened.use(await createPostgresDatabase()).url }
      : { DATA_DIR: opened.use(await preparedDataDir()).path }
  const first = await startTestGateway({ env: database })
  const app = await newApp(first, await first.signIn())
  await first.close()
  const { wrapping, signing } = keySettingsOf(first.config)
  const { databaseUrl, dataDir } = first.config
  const connection = databaseUrl
    ? connectPostgres(databaseUrl, { migrating: true })
    : await connectEmbedded(`${dataDir}/database`)
  await migrate(connection, (db) => recoverKeys(db, wrapping, signing)).finally(connection.close)
  return { gateway: opened.use(await startTestGateway({ env: first.env })), app }
}

test('200 parallel wrong secrets wait in a bounded queue; the others are told to come back, and the JWKS is answered', {
  timeout: 120_000,
}, async () => {
  await using opened = new AsyncDisposableStack()
  const { gateway, app } = await startRecovering(opened)
  let answered = 0
  const attempts = Array.from({ length: 200 }, async () => {
    const answer = await post(gateway.url, '/oauth/token', grantType, basic(wrong(app)))
    answered += 1
    return answer
  })
  await Promise.race(attempts) // the queue is full: those beyond it are refused at once
  for (let count = 0; count < 10; count += 1)
    expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200)
  expect(answered).toBeLessThan(200)
  const answers = await Promise.all(attempts)
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  for (const { headers, body } of busy)
    expect([headers['retry-after'], body.error]).toEqual(['5', 'temporarily_unavailable'])
  const refused = answers.filter(({ status }) => status !== 503)
  for (const { status } of refused) expect([401, 429]).toContain(status)
  // The key that signed the history is lost too, and the sealer says so until there is another (docs/audit-log.md).
  const errors = gateway.logs.filter(
    ({ level, msg }) => Number(level) >= 50 && msg !== 'nothing is signed of a history',
  )
  expect(errors).toEqual([])
  await grant(gateway.url, app)
})

test('clients that go away do not free their places while hashing goes on', { timeout: 120_000 }, async () => {
  await using opened = new AsyncDisposableStack()
  const { gateway, app } = await startRecovering(opened)
  const body = new URLSearchParams(grantType).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
  const { promise: full, resolve } = Promise.withResolvers<void>()
  const sent = Array.from({ length: 100 }, () => {
    const options = { method: 'POST', agent: false, headers: { ...headers, ...basic(wrong(app)) } } as const
    const attempt = request(`${gateway.url}/oauth/token`, options, () => resolve())
    attempt.on('error', () => {}).end(body)
    return attempt
  })
  await full // the first answer is a refusal: 66 have their places
  for (const attempt of sent) attempt.destroy()

  // Were the places free, as many as there are would be let in.
  const more = Array.from({ length: 66 }, () => post(gateway.url, '/oauth/token', grantType, basic(wrong(app))))
  const statuses = (await Promise.all(more)).map(({ status }) => status)
  expect(statuses).toContain(503)
})
