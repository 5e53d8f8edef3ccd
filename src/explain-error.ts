import { AdminPasswordMissing } from './accounts/index.ts'
import { ConfigError } from './config.ts'
import { PoliciesNotInForce } from './database/index.ts'
import { KeysSealed } from './keys/index.ts'
import { safeError } from './safe-error.ts'

/** Errors whose message is a sentence for the operator. */
const sentences = [ConfigError, KeysSealed, AdminPasswordMissing, PoliciesNotInForce]

/** What the operator reads when something does not start: a sentence for what they can mend, the error's own for the rest. */
export function explainError(error: unknown): string {
  if (error instanceof Error && sentences.some((kind) => error instanceof kind)) return error.message
  const { message, code, cause } = safeError(error)
  if (code === 'EADDRINUSE')
    return 'The port is taken: stop what listens there, or set PORT (or METRICS_PORT) to another.'
  return [message, cause?.message].filter(Boolean).join(': ')
}
