import { randomBytes } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { inject } from 'vitest'
import { type Config, readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/gateway.ts'
import { createMetrics } from '../../src/metrics.ts'
import { safeError } from '../../src/safe-error.ts'
import { requireNoSecrets } from './leaks.ts'
import { type GraphQLAnswer, postGraphQL } from './post-graphql.ts'
import { createPostgresDatabase } from './postgres-database.ts'
import type {} from './provided.ts'
import { tempFolder } from './temp-folder.ts'

export type TestGateway = AsyncDisposable & {
  /** Where it listens. */
  url: string
  publicUrl: string
  /** With METRICS_PORT, where /metrics is. */
  metricsUrl: string | null
  config: Config
  /** What it was started with: pass it on to start another on the same database, or the same one again. */
  env: Record<string, string>
  /** Every line that it logged, parsed. */
  logs: Record<string, unknown>[]
  /** @returns the session token of the first owner, or of another person */
  signIn(who?: { email: string; password: string }): Promise<string>
  graphql<Data = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ): Promise<GraphQLAnswer<Data>>
  close(): Promise<void>
}

/**
 * Starts a real gateway in this process, on a free port, with a database of its own of the engine under test and a
 * first owner.
 *
 * @param options.env the gateway's own settings (README), before the defaults: with DATABASE_URL or DATA_DIR in it, that
 *   database is used, and left there at the end
 */
export async function startTestGateway(options: { env?: Record<string, string> } = {}): Promise<TestGateway> {
  await using opened = new AsyncDisposableStack()
  const env = {
    PORT: '0',
    LOG_LEVEL: 'info',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_EMAIL: 'owner@example.com',
    ADMIN_PASSWORD: randomBytes(12).toString('hex'),
    ...(await databaseSettings(opened, options.env ?? {})),
    ...options.env,
  }
  const config = readConfig(env)
  const logs: Record<string, unknown>[] = []
  const log = pino(
    { level: config.logLevel, serializers: { err: safeError } },
    { write: (line: string) => void logs.push(JSON.parse(line)) },
  )
  const gateway = await startGateway(config, log, createMetrics())
  opened.defer(gateway.close)
  const toClose = opened.move()
  const close = async () => {
    await toClose.disposeAsync()
    requireNoSecrets('the log of a gateway', JSON.stringify(logs), [env.ADMIN_PASSWORD, env.ENCRYPTION_KEY])
  }
  const graphql: TestGateway['graphql'] = (query, variables, token) =>
    postGraphQL(gateway.localUrl, query, variables, token)
  const signIn: TestGateway['signIn'] = async (who = { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD }) => {
    type SignIn = { signIn: { sessionToken: string | null } }
    const answer = await graphql<SignIn>(
      'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken errors { message } } }',
      { input: who },
    )
    const token = answer.body.data?.signIn.sessionToken
    if (!token) throw new Error(`Signing in failed: ${JSON.stringify(answer.body)}`)
    return token
  }
  const { localUrl: url, publicUrl, metricsUrl } = gateway
  return { url, publicUrl, metricsUrl, config, env, logs, signIn, graphql, close, [Symbol.asyncDispose]: close }
}

/** A fresh database, as settings: PostgreSQL's address, or a folder that holds a migrated embedded one. */
async function databaseSettings(
  opened: AsyncDisposableStack,
  given: Record<string, string>,
): Promise<Record<string, string>> {
  if (given.DATABASE_URL || given.DATA_DIR) return {}
  if (inject('engine') === 'postgres') return { DATABASE_URL: opened.use(await createPostgresDatabase()).url }
  return { DATA_DIR: opened.use(await preparedDataDir()).path }
}

/** A DATA_DIR with a migrated embedded database without an account: opens in a fraction of the time of a new one. */
export async function preparedDataDir() {
  const folder = await tempFolder()
  await cp(inject('pglite').folder, join(folder.path, 'database'), { recursive: true })
  return folder
}
