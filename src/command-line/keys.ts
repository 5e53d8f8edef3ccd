import { type Config, readConfig } from '../config.ts'
import type { Database } from '../database/index.ts'
import { explainError } from '../explain-error.ts'
import {
  type ListedKey,
  listSigningKeys,
  type RecoveryState,
  recoveryState,
  revokeSigningKey,
  rotateSigningKeys,
} from '../keys/index.ts'
import { keySettingsOf, openMigrated } from '../open-database.ts'
import { recover } from './recover-keys.ts'

const USAGE = `npm run keys -- list          the keys that sign access tokens
npm run keys -- rotate        the next one signs from now on, and another is published
npm run keys -- revoke KID    takes one away, with every token under it
npm run keys -- recover       after the loss of ENCRYPTION_KEY: says what to do

It takes the same settings as npm start; on the embedded database, stop the server first. docs/keys.md says more.
`

async function main([command, argument, ...rest]: string[]): Promise<number> {
  if (rest.length === 0) {
    if (command === 'list' && argument === undefined) return run(list)
    if (command === 'rotate' && argument === undefined) return run(rotate)
    if (command === 'recover' && (argument === undefined || argument === '--yes' || argument === '--end'))
      return recover(argument)
    if (command === 'revoke' && argument !== undefined) return run((db, config) => revoke(db, config, argument))
  }
  process.stderr.write(USAGE)
  return 2
}

type Command = (db: Database, config: Config) => Promise<number>

async function run(command: Command): Promise<number> {
  const config = readConfig(process.env)
  const { connection } = await openMigrated(config, async () => {})
  try {
    return await command(connection.db, config)
  } finally {
    await connection.close()
  }
}

const list: Command = async (db, config) => {
  const { wrapping } = keySettingsOf(config)
  const recovery = await recoveryState(db, wrapping)
  process.stdout.write(table(await listSigningKeys(db, wrapping)) + describe(recovery))
  return 0
}

const rotate: Command = async (db, config) => {
  const { wrapping, signing } = keySettingsOf(config)
  await rotateSigningKeys(db, wrapping, signing)
  await tellCurrent(db, config)
  return 0
}

async function revoke(db: Database, config: Config, kid: string): Promise<number> {
  const { wrapping, signing } = keySettingsOf(config)
  if (!(await revokeSigningKey(db, wrapping, signing, kid))) {
    process.stderr.write(`No token signing key has the id ${kid}. npm run keys -- list shows them.\n`)
    return 1
  }
  process.stdout.write(`The key ${kid} is revoked. Tokens under it are dead on every gateway within 5 seconds;
who verifies them alone accepts them until its copy of the JWKS is over (5 minutes).
`)
  await tellCurrent(db, config)
  return 0
}

async function tellCurrent(db: Database, config: Config): Promise<void> {
  const keys = await listSigningKeys(db, keySettingsOf(config).wrapping)
  const current = keys.find(({ state }) => state === 'current')
  process.stdout.write(`The key ${current?.kid} signs.
${
  current?.isFresh
    ? `It has been published since ${current.createdAt.toISOString()} only: a verifier with an older copy of the JWKS has to
ask again, or refuses its tokens until then.
`
    : ''
}
${table(keys)}`)
}

function describe({ since, isForged, waiting }: RecoveryState): string {
  if (isForged) return '\nThe table instance_markers holds a recovery that no keys of ours have sealed: it is not on.\n'
  if (since === null) return ''
  return `\nA recovery is on since ${since.toISOString()}: ${waiting} client secrets have not been used since. It ends by itself with the
last of them, and before that with: npm run keys -- recover --end
`
}

function table(keys: readonly ListedKey[]): string {
  const head = ['KID', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM', 'VERIFIES UNTIL']
  const rows = keys.map(({ kid, algorithm, state, createdAt, signsFrom, verifiesUntil }) => [
    kid,
    algorithm,
    state,
    ...[createdAt, signsFrom, verifiesUntil].map((instant) => instant?.toISOString().replace(/\.\d+/, '') ?? '-'),
  ])
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return padded.map((line) => `${line.trimEnd()}\n`).join('')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`)
  process.exitCode = 1
}
