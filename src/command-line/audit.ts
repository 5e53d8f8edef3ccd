import { parseArgs } from 'node:util'
import { newAuditKey } from '../audit/index.ts'
import { readConfig } from '../config.ts'
import { explainError } from '../explain-error.ts'
import { keySettingsOf, openMigrated } from '../open-database.ts'
import { exportAudit } from './export-audit.ts'
import { publicUrlOf } from './public-url.ts'
import { verifyAudit } from './verify-audit.ts'

const USAGE = `npm run audit -- verify [FILE] [--keys FILE|URL] [--state FILE]
    an export, or without FILE the database: is this the history that was signed?
npm run audit -- export [--format ndjson|csv] [--account ID] [--after N] [--until N] [--proof-from N]
    the history, to standard output: of one account, or of all
npm run audit -- new-key [--without-handover]
    the next key that signs checkpoints; without a hand-over only where the one before is lost

It takes the same settings as npm start; on the embedded database, stop the server first. docs/audit-log.md says more.
`
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function main(args: string[]): Promise<number> {
  const [command, ...rest] = args
  try {
    if (command === 'verify') {
      const options = { keys: { type: 'string' }, state: { type: 'string' } } as const
      const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true })
      if (positionals.length > 1) throw new UsageError()
      return await verifyAudit({ file: positionals[0], keys: values.keys, state: values.state }).catch(mistake)
    }
    if (command === 'export') return await exportOf(rest)
    if (command === 'new-key') {
      const { values } = parseArgs({ args: rest, options: { 'without-handover': { type: 'boolean' } } as const })
      return await newKey(values['without-handover'] ?? false)
    }
    throw new UsageError()
  } catch (error) {
    if (!(error instanceof UsageError) && !isOfParser(error)) throw error
    process.stderr.write(error instanceof UsageError ? USAGE : `${error.message}\n\n${USAGE}`)
    return 2
  }
}

class UsageError extends Error {}

function exportOf(args: string[]): Promise<number> {
  const text = { type: 'string' } as const
  const options = { format: text, account: text, after: text, until: text, 'proof-from': text }
  const { values } = parseArgs({ args, options })
  const format = values.format ?? 'ndjson'
  const sizes = [values.after, values.until, values['proof-from']].map(sizeOf)
  const [after = null, until = null, proofFrom = null] = sizes
  const isOne = values.account !== undefined
  if (format !== 'ndjson' && format !== 'csv') throw new UsageError()
  if (isOne ? !UUID.test(values.account ?? '') : sizes.some((size) => size !== null)) throw new UsageError()
  return exportAudit(values.account ?? null, { format, after, until, proofFrom })
}

function sizeOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^\d{1,15}$/.test(text)) throw new UsageError()
  return Number(text)
}

async function newKey(withoutHandover: boolean): Promise<number> {
  const config = readConfig(process.env)
  const { connection } = await openMigrated(config, async () => {})
  try {
    const { wrapping } = keySettingsOf(config)
    const key = await newAuditKey(connection.db, wrapping, await publicUrlOf(config, connection.db), withoutHandover)
    if (key === null) {
      process.stderr.write(
        withoutHandover
          ? 'Nothing was done: the key that signs is at hand, and hands over. npm run audit -- new-key\n'
          : 'Nothing was done: the key that signed is lost. Readers will not know the next one until they decide to trust it:\n  npm run audit -- new-key --without-handover\n',
      )
      return 1
    }
    process.stdout.write(`The key ${key} signs from now on, on every gateway.\n`)
    return 0
  } finally {
    await connection.close()
  }
}

/** A file that is not there, or is none of what was asked for. */
function mistake(error: Error): number {
  process.stderr.write(`${explainError(error)}\n`)
  return 2
}

function isOfParser(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`)
  process.exitCode = 1
}
