import pino from 'pino'
import { AdminPasswordMissing } from './accounts/index.ts'
import { ConfigError, readConfig } from './config.ts'
import { PoliciesNotInForce } from './database/index.ts'
import { startGateway } from './gateway.ts'
import { KeysSealed } from './keys/index.ts'
import { safeError } from './safe-error.ts'
import { welcome } from './welcome.ts'

const DRAIN_WITHIN_MS = 25_000

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({ level: config.logLevel, serializers: { err: safeError } })
  const gateway = await startGateway(config, log)
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
  process.stderr.write(`Chatelaine did not start.\n${explain(error)}\n`)
  process.exit(1)
})

/** Errors whose message is a sentence for the operator. */
const sentences = [ConfigError, KeysSealed, AdminPasswordMissing, PoliciesNotInForce]

/** A sentence for what the operator can mend; the error's own text for the rest. */
function explain(error: unknown): string {
  if (sentences.some((kind) => error instanceof kind)) return (error as Error).message
  const { message, code, cause } = safeError(error)
  if (code === 'EADDRINUSE') return 'The port is taken: stop what listens there, or set PORT to another.'
  return [message, cause?.message].filter(Boolean).join(': ')
}
