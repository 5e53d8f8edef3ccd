import pino from 'pino'
import { readConfig } from './config.ts'
import { explainError } from './explain-error.ts'
import { startGateway } from './gateway.ts'
import { createMetrics } from './metrics.ts'
import { safeError } from './safe-error.ts'
import { welcome } from './welcome.ts'

const DRAIN_WITHIN_MS = 25_000

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({ level: config.logLevel, serializers: { err: safeError } })
  const gateway = await startGateway(config, log, createMetrics(true))
  process.stdout.write(welcome(gateway, config.dataDir))

  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping: finishing what is under way')
    setTimeout(() => process.exit(1), DRAIN_WITHIN_MS).unref()
    await gateway.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
}

main().catch((error: unknown) => {
  process.stderr.write(`Chatelaine did not start.\n${explainError(error)}\n`)
  process.exit(1)
})
