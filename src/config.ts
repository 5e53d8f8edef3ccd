import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { parseDuration } from './duration.ts'

export type Config = {
  /** 0 takes any free port. */
  port: number
  host: string
  /** Null: the embedded database in `dataDir`. */
  databaseUrl: string | null
  dataDir: string
  /** The issuer, without a slash at its end. Null: `http://localhost:` and the port. */
  publicUrl: string | null
  /** Audiences that a token may be asked for; the first is the default. PUBLIC_URL is always one. */
  resources: string[]
  /** 32 bytes each: what wraps the instance's keys, and what wrapped them before. */
  encryptionKey: Uint8Array
  previousEncryptionKey: Uint8Array | null
  /** What access tokens are signed by. */
  tokenAlgorithm: 'ES256' | 'EdDSA' | 'RS256'
  /** Seconds that a token signing key signs for. */
  keyRotation: number
  adminEmail: string
  /** Null: generated, on the embedded database alone. */
  adminPassword: string | null
  /** Who may create accounts: any signed-in person, or nobody. */
  accountCreation: 'members' | 'nobody'
  /** Origins, apart from our own, whose pages may call /graphql with a bearer. */
  allowedOrigins: string[]
  /** Addresses and CIDR blocks of proxies whose `X-Forwarded-*` and `X-Original-*` count. */
  trustProxy: string[]
  /** Seconds. */
  sessionIdle: number
  sessionMax: number
  /** Seconds that an account's history is kept; null: for ever. */
  auditRetention: number | null
  /** Limits of the live feed; an event stream counts as a socket. */
  maxSocketsPerAccount: number
  maxSubscriptionsPerSocket: number
  /** What may wait unsent in memory for one watcher. */
  slowWatcherBytes: number
  /** Where /metrics is for whoever reaches it. Null: on `port`, for this machine alone. 0 takes any free port. */
  metricsPort: number | null
  /** A catalogue of one's own. Null: the built-in one. */
  scopesFile: string | null
  /** What /forward-auth says to a token that holds where no endpoint of the catalogue matches. */
  forwardAuthUnmatched: 'deny' | 'allow'
  logLevel: LogLevel
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

/** A start that cannot go on: each sentence names the setting and says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const DAY = 86_400
const trimmed = z.string().trim()
const port = trimmed
  .regex(/^\d+$/, 'is not a port number')
  .transform(Number)
  .pipe(z.number().max(65535, 'is above 65535'))
/** Written in digits alone: Number() would read 1e3 and 0x10 as well. */
const wholeNumber = (least: number, most: number) =>
  trimmed
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `is below ${least}`).max(most, `is above ${most}`))
const key = trimmed.transform((text, context) => {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 32 && bytes.toString('base64') === text) return new Uint8Array(bytes)
  context.addIssue({ code: 'custom', message: 'is not 32 bytes in base64 (make one with: openssl rand -base64 32)' })
  return z.NEVER
})
const webAddress = trimmed.transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && /^https?:$/.test(url.protocol) && !/[\s+?#]/.test(text) && !url.username && !url.password)
    return url.href.replace(/\/+$/, '')
  context.addIssue({ code: 'custom', message: 'is not an http(s) address (no space, no +, no query, no fragment)' })
  return z.NEVER
})
const seconds = trimmed.transform((text, context) => {
  const total = parseDuration(text)
  if (total) return total
  context.addIssue({ code: 'custom', message: 'is not a length of time like PT12H or P7D' })
  return z.NEVER
})

const list = trimmed.transform((text) => text.split(',').map((part) => part.trim()))

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
}

function isBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const widest = isIP(address) === 6 ? 128 : 32
  return (
    isIP(address) > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest))
  )
}

const environment = z.object({
  PORT: port.default(4000),
  HOST: trimmed.min(1, 'is empty').default('127.0.0.1'),
  DATABASE_URL: trimmed.regex(/^postgres(ql)?:\/\//, 'does not begin with postgres://').optional(),
  DATA_DIR: trimmed.min(1, 'is empty').default('./data'),
  PUBLIC_URL: webAddress.optional(),
  RESOURCES: list
    .pipe(z.array(z.string().refine((text) => URL.canParse(text), 'holds something that is not an absolute URI')))
    .optional(),
  ENCRYPTION_KEY: key.optional(),
  ENCRYPTION_KEY_PREVIOUS: key.optional(),
  TOKEN_ALGORITHM: trimmed.pipe(z.enum(['ES256', 'EdDSA', 'RS256'], 'is none of ES256, EdDSA, RS256')).default('ES256'),
  // A key is published a day before it signs; a year is as long as NIST SP 800-57 has a signing key in use.
  KEY_ROTATION: seconds
    .pipe(
      z
        .number()
        .min(2 * DAY, 'is shorter than P2D')
        .max(365 * DAY, 'is longer than P365D'),
    )
    .default(30 * DAY),
  ADMIN_EMAIL: trimmed.regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address').default('admin@localhost'),
  ADMIN_PASSWORD: z.string().min(12, 'is shorter than 12 characters').max(1024, 'is longer than 1024').optional(),
  ACCOUNT_CREATION: z.enum(['members', 'nobody'], 'is neither members nor nobody').default('members'),
  ALLOWED_ORIGINS: list
    .pipe(z.array(z.string().refine(isOrigin, 'holds something that is not an origin like https://app.example.com')))
    .optional(),
  TRUST_PROXY: list
    .pipe(z.array(z.string().refine(isBlock, 'holds something that is not an address or CIDR block')))
    .optional(),
  SESSION_IDLE: seconds.default(43_200),
  SESSION_MAX: seconds.default(604_800),
  AUDIT_RETENTION: seconds.pipe(z.number().min(DAY, 'is shorter than P1D')).optional(),
  MAX_SOCKETS_PER_ACCOUNT: wholeNumber(1, 1_000_000).default(20_000),
  MAX_SUBSCRIPTIONS_PER_SOCKET: wholeNumber(1, 1000).default(20),
  SLOW_WATCHER_BYTES: wholeNumber(65_536, 67_108_864).default(1_048_576),
  SCOPES_FILE: trimmed
    .min(1, 'is empty')
    .transform((path) => resolve(path))
    .optional(),
  METRICS_PORT: port.optional(),
  FORWARD_AUTH_UNMATCHED: z.enum(['deny', 'allow'], 'is neither deny nor allow').default('deny'),
  LOG_LEVEL: z.enum(logLevels, `is none of ${logLevels.join(', ')}`).default('info'),
})

/**
 * Reads the environment, whole, once. An empty variable counts as unset.
 * @throws ConfigError with a sentence for every setting that is wrong
 */
export function readConfig(variables: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(set)
  const mistakes = (parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])} ${issue.message}.`)
  if (set.DATABASE_URL && !set.ENCRYPTION_KEY)
    mistakes.push(
      'ENCRYPTION_KEY is not set. With DATABASE_URL it is required, the same for every gateway (make one with: openssl rand -base64 32).',
    )
  if (parsed.success && parsed.data.METRICS_PORT === parsed.data.PORT && parsed.data.PORT !== 0)
    mistakes.push('METRICS_PORT is PORT. Unset it (then /metrics is on PORT, for this machine alone), or name another.')
  if (!parsed.success || mistakes.length > 0) throw new ConfigError([...new Set(mistakes)].join('\n'))
  const env = parsed.data
  const dataDir = resolve(env.DATA_DIR)
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL ?? null,
    dataDir,
    publicUrl: env.PUBLIC_URL ?? null,
    resources: env.RESOURCES ?? [],
    encryptionKey: env.ENCRYPTION_KEY ?? ownEncryptionKey(dataDir),
    previousEncryptionKey: env.ENCRYPTION_KEY_PREVIOUS ?? null,
    tokenAlgorithm: env.TOKEN_ALGORITHM,
    keyRotation: env.KEY_ROTATION,
    adminEmail: env.ADMIN_EMAIL.toLowerCase(),
    adminPassword: env.ADMIN_PASSWORD ?? null,
    accountCreation: env.ACCOUNT_CREATION,
    allowedOrigins: env.ALLOWED_ORIGINS ?? [],
    trustProxy: env.TRUST_PROXY ?? [],
    sessionIdle: env.SESSION_IDLE,
    sessionMax: env.SESSION_MAX,
    auditRetention: env.AUDIT_RETENTION ?? null,
    maxSocketsPerAccount: env.MAX_SOCKETS_PER_ACCOUNT,
    maxSubscriptionsPerSocket: env.MAX_SUBSCRIPTIONS_PER_SOCKET,
    slowWatcherBytes: env.SLOW_WATCHER_BYTES,
    metricsPort: env.METRICS_PORT ?? null,
    scopesFile: env.SCOPES_FILE ?? null,
    forwardAuthUnmatched: env.FORWARD_AUTH_UNMATCHED,
    logLevel: env.LOG_LEVEL,
  }
}

/** On the embedded database the key lies beside it: made at the first start, readable by this user alone. */
function ownEncryptionKey(dataDir: string): Uint8Array {
  const file = join(dataDir, 'encryption-key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const parsed = key.safeParse(readFileSync(file, 'utf8'))
  if (!parsed.success)
    throw new ConfigError(`The file ${file} does not hold 32 bytes in base64. Restore it from a backup.`)
  return parsed.data
}
