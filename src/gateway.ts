import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { Logger } from 'pino'
import { createAttemptLimits, createFailedSignIns, type FirstOwner } from './accounts/index.ts'
import { createUseLog, recordExpiredSecrets, sweepIdempotencyKeys } from './apps/index.ts'
import { createFeed, createSealer, followPublishedKeys, keepRetention } from './audit/index.ts'
import type { Config } from './config.ts'
import type { Engine } from './database/index.ts'
import { createTrustedProxies } from './http/client-address.ts'
import { createMetricsServer } from './http/metrics.ts'
import { originsOf } from './http/own-origin.ts'
import { createHttpServer, serve } from './http/server.ts'
import { followKeys, followRecovery, rememberPublicUrl } from './keys/index.ts'
import type { Metrics } from './metrics.ts'
import { keySettingsOf, openDatabase } from './open-database.ts'
import { repeat } from './repeat.ts'
import { createEndpointMatcher, createGuardedPaths, openCatalogue } from './scopes/index.ts'
import { createSlowHash } from './slow-hash.ts'
import {
  createFailedAuthentications,
  createSigningKeys,
  type Issuer,
  rehearseToken,
  rememberTokens,
  sweepExpired,
} from './tokens/index.ts'

/** A secret's end is told within a minute. */
const EXPIRED_EVERY_MS = 15_000
const SWEEP_EVERY_MS = 60_000

/** A running gateway. */
export type Gateway = {
  engine: Engine
  /** Where it listens: `http://localhost:4000`. The issuer may have another address, in front of it. */
  localUrl: string
  publicUrl: string
  /** With METRICS_PORT, where /metrics is. */
  metricsUrl: string | null
  /** Made by this start, or null. */
  firstOwner: FirstOwner | null
  /** Finishes what is under way, ends sockets with 1012, closes the database. */
  close(): Promise<void>
}

/** Starts everything: database, migrations, keys, first owner, feed, and only then the doors. The one place that knows all parts. */
export async function startGateway(config: Config, log: Logger, metrics: Metrics): Promise<Gateway> {
  const slowHash = createSlowHash()
  const opened = openCatalogue(config.scopesFile) // first of all: it may hold mistakes
  const { connection, keys, firstOwner } = await openDatabase(config, slowHash)
  const { db, signals } = connection
  const server = createHttpServer()
  const metricsServer = createMetricsServer(metrics)
  try {
    if (config.metricsPort !== null) await listen(metricsServer, config.metricsPort, config.host)
    await listen(server, config.port, config.host)
  } catch (error) {
    metricsServer.close()
    await connection.close()
    throw error
  }
  const { port } = server.address() as AddressInfo
  const urlOf = (of: AddressInfo) => `http://${nameOf(config.host)}:${of.port}`
  const localUrl = urlOf(server.address() as AddressInfo)
  const metricsUrl = config.metricsPort === null ? null : `${urlOf(metricsServer.address() as AddressInfo)}/metrics`
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`

  const feed = createFeed(db, signals, (error) =>
    log.warn({ err: error }, 'the feed could not read; it tries again within a second'),
  )
  const failedSignIns = createFailedSignIns(db, log, feed.wake)
  const uses = createUseLog(db, (error) =>
    log.warn({ err: error }, 'when secrets were last used could not be written; it goes with the next'),
  )
  const untold = (error: unknown) =>
    log.warn({ err: error }, 'the end of a secret could not be told; it is tried again')
  const expiring = repeat(
    EXPIRED_EVERY_MS,
    async () => {
      for (const accountId of await recordExpiredSecrets(db, untold)) feed.wake(accountId)
    },
    untold,
  )
  const sweeping = repeat(
    SWEEP_EVERY_MS,
    async () => void (await sweepExpired(db)),
    (error) => log.warn({ err: error }, 'what is over could not be swept away; it is tried again within a minute'),
  )
  const forgetting = repeat(
    SWEEP_EVERY_MS,
    async () => void (await sweepIdempotencyKeys(db)),
    (error) => log.warn({ err: error }, 'what idempotency keys kept could not be forgotten; it is tried again'),
  )
  const { wrapping, signing } = keySettingsOf(config)
  if (keys.resealed > 0) log.info({ keys: keys.resealed }, 'the keys are sealed by another ENCRYPTION_KEY from now on')
  const followed = followKeys(db, wrapping, signing, keys.tokenSigning, log)
  const recovery = followRecovery(db, wrapping, keys, log)
  const sealing = { wrapping, publicUrl }
  const sealer = createSealer(db, sealing, log, metrics.sealer)
  const retention = keepRetention(db, config.auditRetention, feed.wake, log)
  const issuer: Issuer = {
    url: publicUrl,
    resources: config.resources.includes(publicUrl) ? config.resources : [...config.resources, publicUrl],
    keys: createSigningKeys(followed),
  }
  const catalogue = opened.at(new URL(publicUrl).host)
  if (config.scopesFile !== null)
    log.info(
      { file: config.scopesFile, sha256: opened.sha256, scopes: catalogue.scopes.length },
      'the catalogue of scopes is that of SCOPES_FILE',
    )
  const tokens = rememberTokens(db, issuer, catalogue, (error) =>
    log.warn({ err: error }, 'whether tokens were ended could not be read; the next look is within a second'),
  )
  feed.onWake(tokens.heard)
  const instance = {
    catalogue,
    endpoints: createEndpointMatcher(catalogue),
    secretMac: keys.secretMac,
    answerSeal: keys.answerSeal,
    cursorMac: keys.cursorMac,
    recovery: { isOn: recovery.isOn, slowHash: createSlowHash() },
    slowHash,
    feed,
    failedSignIns,
    attempts: createAttemptLimits(),
    publicUrl,
    mayCreateAccounts: config.accountCreation === 'members',
    limits: { sessionIdle: config.sessionIdle, sessionMax: config.sessionMax },
  }
  const origins = originsOf(config.publicUrl, port, config.allowedOrigins)
  const proxies = createTrustedProxies(config.trustProxy, (sentence) => log.warn(sentence))
  const failures = createFailedAuthentications(log)
  const feedLimits = {
    socketsPerAccount: config.maxSocketsPerAccount,
    subscriptionsPerSocket: config.maxSubscriptionsPerSocket,
    slowWatcherBytes: config.slowWatcherBytes,
  }
  const auditKeys = followPublishedKeys(db, sealing)
  const doors = serve(server, {
    db,
    auditKeys,
    sealer,
    instance,
    issuer,
    origins,
    proxies,
    feedLimits,
    uses,
    failures,
    metrics,
    servesMetrics: config.metricsPort === null,
    tokens,
    guarded: config.forwardAuthUnmatched === 'allow' ? createGuardedPaths(catalogue) : null,
    log,
  })
  // Behind the doors: in the turn in which it listens, requests come in, and with nobody to take them they would wait for ever.
  await rememberPublicUrl(db, keys.secretMac, publicUrl).catch((error) =>
    log.warn({ err: error }, 'the address of this gateway could not be kept for the command line'),
  )
  await rehearseToken(db, issuer).catch((error) =>
    log.warn({ err: error }, 'the token endpoint could not be rehearsed'),
  )
  return {
    engine: connection.engine,
    localUrl,
    publicUrl,
    metricsUrl,
    firstOwner,
    async close() {
      await doors.close()
      metricsServer.close()
      metricsServer.closeAllConnections()
      await failedSignIns.close()
      await expiring.stop()
      await sweeping.stop()
      await forgetting.stop()
      await uses.close()
      await retention.stop()
      await sealer.close()
      await tokens.close()
      await followed.close()
      await recovery.close()
      feed.close()
      await connection.close()
    },
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

/** As a person would type it. */
function nameOf(host: string): string {
  if (host === '127.0.0.1') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
