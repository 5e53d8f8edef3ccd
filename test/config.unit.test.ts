import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'
import { tempFolder } from './support/temp-folder.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const OTHER_KEY = Buffer.alloc(32, 9).toString('base64')
const read = (variables: Record<string, string>) => readConfig({ ENCRYPTION_KEY: KEY, ...variables })
const mistakesIn = (variables: Record<string, string>) => {
  try {
    read(variables)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

const defaults = {
  port: 4000,
  host: '127.0.0.1',
  databaseUrl: null,
  dataDir: resolve('data'),
  publicUrl: null,
  resources: [],
  encryptionKey: new Uint8Array(32).fill(7),
  previousEncryptionKey: null,
  tokenAlgorithm: 'ES256',
  keyRotation: 2_592_000,
  adminEmail: 'admin@localhost',
  adminPassword: null,
  accountCreation: 'members',
  allowedOrigins: [],
  trustProxy: [],
  sessionIdle: 43_200,
  sessionMax: 604_800,
  auditRetention: null,
  maxSocketsPerAccount: 20_000,
  maxSubscriptionsPerSocket: 20,
  slowWatcherBytes: 1_048_576,
  metricsPort: null,
  scopesFile: null,
  forwardAuthUnmatched: 'deny',
  logLevel: 'info',
}

test('nothing but ENCRYPTION_KEY set: every default', () => {
  expect(read({})).toEqual(defaults)
})

test('an empty variable counts as unset, and a foreign one as nothing', () => {
  const names = ['PORT', 'HOST', 'DATABASE_URL', 'DATA_DIR', 'PUBLIC_URL', 'RESOURCES', 'ENCRYPTION_KEY_PREVIOUS']
  const others = ['ADMIN_EMAIL', 'ADMIN_PASSWORD', 'ACCOUNT_CREATION', 'ALLOWED_ORIGINS', 'TRUST_PROXY']
  const empty = [
    ...names,
    ...others,
    'SESSION_IDLE',
    'SESSION_MAX',
    'AUDIT_RETENTION',
    'MAX_SOCKETS_PER_ACCOUNT',
    'MAX_SUBSCRIPTIONS_PER_SOCKET',
    'SLOW_WATCHER_BYTES',
    'TOKEN_ALGORITHM',
    'KEY_ROTATION',
    'METRICS_PORT',
    'SCOPES_FILE',
    'LOG_LEVEL',
  ].map((name) => [name, ''] as const)
  expect(read({ ...Object.fromEntries(empty), PATH: '/bin' })).toEqual(defaults)
  expect(readConfig({ ENCRYPTION_KEY: KEY, PORT: undefined })).toEqual(defaults)
})

describe('a good value is read', () => {
  test.each([
    ['PORT', '0', { port: 0 }],
    ['PORT', ' 65535 ', { port: 65_535 }],
    ['HOST', '::', { host: '::' }],
    ['DATABASE_URL', 'postgres://me@db/chatelaine', { databaseUrl: 'postgres://me@db/chatelaine' }],
    ['DATABASE_URL', 'postgresql://db/x', { databaseUrl: 'postgresql://db/x' }],
    ['DATA_DIR', '/srv/../srv/data', { dataDir: '/srv/data' }],
    ['PUBLIC_URL', 'https://Auth.Example.com/', { publicUrl: 'https://auth.example.com' }],
    ['PUBLIC_URL', 'http://localhost:4000/sso//', { publicUrl: 'http://localhost:4000/sso' }],
    ['RESOURCES', 'https://a.example, urn:b', { resources: ['https://a.example', 'urn:b'] }],
    ['ENCRYPTION_KEY', ` ${OTHER_KEY}\n`, { encryptionKey: new Uint8Array(32).fill(9) }],
    ['ENCRYPTION_KEY_PREVIOUS', OTHER_KEY, { previousEncryptionKey: new Uint8Array(32).fill(9) }],
    ['ADMIN_EMAIL', 'Ada@Example.com', { adminEmail: 'ada@example.com' }],
    ['ADMIN_PASSWORD', ' spaces count ', { adminPassword: ' spaces count ' }],
    ['ACCOUNT_CREATION', 'nobody', { accountCreation: 'nobody' }],
    ['ALLOWED_ORIGINS', 'https://a.example,http://b:1', { allowedOrigins: ['https://a.example', 'http://b:1'] }],
    ['TRUST_PROXY', '10.0.0.0/8, ::1, fd00::/8', { trustProxy: ['10.0.0.0/8', '::1', 'fd00::/8'] }],
    ['SESSION_IDLE', 'PT30M', { sessionIdle: 1800 }],
    ['SESSION_MAX', 'P30D', { sessionMax: 2_592_000 }],
    ['AUDIT_RETENTION', 'P1D', { auditRetention: 86_400 }],
    ['MAX_SOCKETS_PER_ACCOUNT', '1', { maxSocketsPerAccount: 1 }],
    ['MAX_SUBSCRIPTIONS_PER_SOCKET', ' 1000 ', { maxSubscriptionsPerSocket: 1000 }],
    ['SLOW_WATCHER_BYTES', '65536', { slowWatcherBytes: 65_536 }],
    ['TOKEN_ALGORITHM', 'EdDSA', { tokenAlgorithm: 'EdDSA' }],
    ['TOKEN_ALGORITHM', ' RS256', { tokenAlgorithm: 'RS256' }],
    ['KEY_ROTATION', 'P2D', { keyRotation: 172_800 }],
    ['KEY_ROTATION', 'P365D', { keyRotation: 31_536_000 }],
    ['METRICS_PORT', '9090', { metricsPort: 9090 }],
    ['METRICS_PORT', '0', { metricsPort: 0 }],
    ['SCOPES_FILE', ' conf/../scopes.json', { scopesFile: resolve('scopes.json') }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ])('%s=%s', (name, value, expected) => expect(read({ [name]: value })).toEqual({ ...defaults, ...expected }))
})

const badKey = 'is not 32 bytes in base64 (make one with: openssl rand -base64 32).'
const badAddress = 'is not an http(s) address (no space, no +, no query, no fragment).'
const badOrigin = 'holds something that is not an origin like https://app.example.com.'
const badBlock = 'holds something that is not an address or CIDR block.'
const badAlgorithm = 'is none of ES256, EdDSA, RS256.'
const badLength = 'is not a length of time like PT12H or P7D.'

describe('a bad value is refused by a sentence that names it', () => {
  test.each([
    ['PORT', 'http', 'is not a port number.'],
    ['PORT', '-1', 'is not a port number.'],
    ['PORT', '80.5', 'is not a port number.'],
    ['PORT', '65536', 'is above 65535.'],
    ['METRICS_PORT', '65536', 'is above 65535.'],
    ['METRICS_PORT', '4000', 'is PORT. Unset it (then /metrics is on PORT, for this machine alone), or name another.'],
    ['HOST', '  ', 'is empty.'],
    ['DATABASE_URL', 'mysql://db', 'does not begin with postgres://.'],
    ['DATA_DIR', ' ', 'is empty.'],
    ['PUBLIC_URL', 'auth.example.com', badAddress],
    ['PUBLIC_URL', 'ftp://auth.example.com', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/?x=1', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/?', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/#x', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/#', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/a+b', badAddress],
    ['PUBLIC_URL', 'https://auth.example.com/a b', badAddress],
    ['PUBLIC_URL', 'https://me@auth.example.com', badAddress],
    ['PUBLIC_URL', 'https://:word@auth.example.com', badAddress],
    ['RESOURCES', 'https://a.example,,', 'holds something that is not an absolute URI.'],
    ['RESOURCES', '/relative', 'holds something that is not an absolute URI.'],
    ['ENCRYPTION_KEY', 'c2hvcnQ=', badKey],
    ['ENCRYPTION_KEY', Buffer.alloc(33).toString('base64'), badKey],
    ['ENCRYPTION_KEY', '7'.repeat(64), badKey],
    ['ENCRYPTION_KEY_PREVIOUS', KEY.slice(0, -1), badKey],
    ['ADMIN_EMAIL', 'ada', 'is not an e-mail address.'],
    ['ADMIN_EMAIL', 'ada lovelace@example.com', 'is not an e-mail address.'],
    ['ADMIN_PASSWORD', 'elevenchars', 'is shorter than 12 characters.'],
    ['ACCOUNT_CREATION', 'everybody', 'is neither members nor nobody.'],
    ['ALLOWED_ORIGINS', 'https://a.example/', badOrigin],
    ['ALLOWED_ORIGINS', '*', badOrigin],
    ['ALLOWED_ORIGINS', 'HTTPS://a.example', badOrigin],
    ['TRUST_PROXY', '10.0.0.0/33', badBlock],
    ['TRUST_PROXY', '10.0.0.0/8/8', badBlock],
    ['TRUST_PROXY', '10.0.0.0/', badBlock],
    ['TRUST_PROXY', 'proxy.example.com', badBlock],
    ['TRUST_PROXY', 'fd00::/129', badBlock],
    ['SESSION_IDLE', '12h', badLength],
    ['SESSION_IDLE', 'PT0S', badLength],
    ['MAX_SOCKETS_PER_ACCOUNT', '0', 'is below 1.'],
    ['MAX_SOCKETS_PER_ACCOUNT', '1e4', 'is not a whole number.'],
    ['MAX_SOCKETS_PER_ACCOUNT', '-1', 'is not a whole number.'],
    ['MAX_SUBSCRIPTIONS_PER_SOCKET', '1001', 'is above 1000.'],
    ['SLOW_WATCHER_BYTES', '65535', 'is below 65536.'],
    ['SLOW_WATCHER_BYTES', '1MiB', 'is not a whole number.'],
    ['SESSION_MAX', '604800', badLength],
    ['AUDIT_RETENTION', 'PT23H', 'is shorter than P1D.'],
    ['TOKEN_ALGORITHM', 'HS256', badAlgorithm],
    ['TOKEN_ALGORITHM', 'none', badAlgorithm],
    ['TOKEN_ALGORITHM', 'es256', badAlgorithm],
    ['KEY_ROTATION', '30d', badLength],
    ['KEY_ROTATION', 'P1DT23H59M59S', 'is shorter than P2D.'],
    ['KEY_ROTATION', 'P365DT1S', 'is longer than P365D.'],
    ['SCOPES_FILE', ' ', 'is empty.'],
    ['LOG_LEVEL', 'loud', 'is none of fatal, error, warn, info, debug, trace, silent.'],
  ])('%s=%j', (name, value, why) => expect(mistakesIn({ [name]: value })).toEqual([`${name} ${why}`]))
})

test('a password has at most 1024 characters', () => {
  expect(read({ ADMIN_PASSWORD: 'x'.repeat(1024) })).toEqual({ ...defaults, adminPassword: 'x'.repeat(1024) })
  expect(mistakesIn({ ADMIN_PASSWORD: 'x'.repeat(1025) })).toEqual(['ADMIN_PASSWORD is longer than 1024.'])
})

test('all mistakes are told at once, a missing ENCRYPTION_KEY among them', () => {
  const variables = { PORT: 'x', PUBLIC_URL: 'x', SESSION_MAX: 'x', ENCRYPTION_KEY: '', DATABASE_URL: 'postgres://db' }
  expect(mistakesIn(variables)).toEqual([
    'PORT is not a port number.',
    `PUBLIC_URL ${badAddress}`,
    `SESSION_MAX ${badLength}`,
    'ENCRYPTION_KEY is not set. With DATABASE_URL it is required, the same for every gateway (make one with: openssl rand -base64 32).',
  ])
})

test('no sentence repeats a secret', () => {
  const secret = 'Tr0ub4dor&3'
  const told = mistakesIn({ ADMIN_PASSWORD: secret, ENCRYPTION_KEY: secret, DATABASE_URL: `mysql://me:${secret}@db/x` })
  expect(told).toHaveLength(3)
  expect(told.join()).not.toContain(secret)
})

describe('without DATABASE_URL and without ENCRYPTION_KEY', () => {
  test('the key is made beside the database, readable by this user alone, and stays the same', async () => {
    await using folder = await tempFolder()
    const DATA_DIR = join(folder.path, 'new', 'data')
    const first = readConfig({ DATA_DIR })
    const file = join(DATA_DIR, 'encryption-key')
    expect(await readFile(file, 'utf8')).toBe(`${Buffer.from(first.encryptionKey).toString('base64')}\n`)
    expect(first.encryptionKey).toHaveLength(32)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(DATA_DIR)).mode & 0o777).toBe(0o700)
    expect(readConfig({ DATA_DIR })).toEqual(first)
  })

  test('a damaged key file is refused and not replaced', async () => {
    await using folder = await tempFolder()
    const file = join(folder.path, 'encryption-key')
    await writeFile(file, 'not a key')
    await chmod(file, 0o600)
    expect(() => readConfig({ DATA_DIR: folder.path })).toThrow(
      new ConfigError(`The file ${file} does not hold 32 bytes in base64. Restore it from a backup.`),
    )
    expect(await readFile(file, 'utf8')).toBe('not a key')
  })
})
