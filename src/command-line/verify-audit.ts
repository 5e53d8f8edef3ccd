import { readFile, stat } from 'node:fs/promises'
import { openSigner, publishedKeys, readKeys } from '../audit/index.ts'
import { type Config, readConfig } from '../config.ts'
import { type Database, inSystem } from '../database/index.ts'
import { keySettingsOf, openMigrated } from '../open-database.ts'
import {
  createFindings,
  type Finding,
  type Findings,
  parseKeyFile,
  readState,
  type State,
  type TrustedKeys,
  trustKeys,
  type Verified,
  verifyDatabase,
  verifyExport,
  writeState,
} from '../verify/index.ts'
import { progressBar } from './progress.ts'
import { publicUrlOf } from './public-url.ts'
import { countEvents, storedHistory } from './stored-history.ts'

export type VerifyOptions = { file: string | undefined; keys: string | undefined; state: string | undefined }

/**
 * `audit verify`: of an export, or, without a file, of the database that the settings name.
 * @returns the exit code: 0 proven, 1 something is wrong, 2 a mistake in the call, 3 not all proven
 */
export async function verifyAudit({ file, keys, state: stateFile }: VerifyOptions): Promise<number> {
  const state = stateFile === undefined ? { keys: [], accounts: new Map() } : await readState(stateFile)
  const given = keys === undefined ? null : await readKeyFile(keys)
  const findings = createFindings()
  const outcome =
    file === undefined ? await ofDatabase(state, given, findings) : await ofExport(file, state, given, findings)
  if (typeof outcome === 'string') {
    process.stderr.write(`${outcome}\n`)
    return 2
  }
  for (const key of outcome.trusted.untied)
    findings.add('key-unknown', null, `no chain of hand-overs ties the published key ${key} to a trusted one`)
  for (const finding of findings.all()) process.stdout.write(lineOf(finding))
  const code = findings.exitCode()
  if (stateFile !== undefined && findings.mayBeRemembered())
    await writeState(stateFile, state, outcome.trusted.keys.keys(), outcome.verified.newest)
  const { events, newest } = outcome.verified
  process.stdout.write(
    `${VERDICT[code]} ${events.toLocaleString('en')} events, ${newest.size} accounts with a checkpoint.\n`,
  )
  return code
}

const VERDICT = { 0: 'Proven.', 1: 'Something is wrong.', 3: 'Nothing wrong was seen, but not all is proven.' }
type Outcome = { trusted: TrustedKeys; verified: Verified } | string
type KeyFile = ReturnType<typeof parseKeyFile>

async function ofExport(file: string, state: State, keyFile: KeyFile, findings: Findings): Promise<Outcome> {
  const trusted = trustKeys(state.keys, keyFile)
  if (trusted.keys.size === 0)
    return "No key is trusted: give --keys with the server's /.well-known/audit-keys.json, or a --state file that remembers one."
  const bar = progressBar((await stat(file)).size)
  const verified = await verifyExport(file, state.accounts, trusted, findings, ({ bytes, events }) =>
    bar.show(bytes, events),
  )
  bar.end()
  return verified.isExport ? { trusted, verified } : `${file} is no export of an audit log.`
}

async function ofDatabase(state: State, given: KeyFile, findings: Findings): Promise<Outcome> {
  const config = readConfig(process.env)
  const { connection } = await openMigrated(config, async () => {})
  const { db } = connection
  try {
    const trusted = trustKeys(state.keys, given ?? (await ownKeys(db, config)))
    if (trusted.keys.size === 0)
      return 'No key is trusted: the key that signs is lost. Give --keys, or a --state file that remembers one.'
    const bar = progressBar(await countEvents(db))
    const verified = await verifyDatabase(storedHistory(db), state.accounts, trusted, findings, ({ events }) =>
      bar.show(events, events),
    )
    bar.end()
    return { trusted, verified }
  } finally {
    await connection.close()
  }
}

/** As the server publishes them: current is the one whose private half ENCRYPTION_KEY opens, whatever the tables say. */
async function ownKeys(db: Database, config: Config): Promise<KeyFile> {
  const { wrapping } = keySettingsOf(config)
  const publicUrl = await publicUrlOf(config, db)
  const published = await inSystem(db, async (tx) =>
    publishedKeys(publicUrl, await openSigner(tx, wrapping), await readKeys(tx)),
  )
  return parseKeyFile(JSON.stringify(published))
}

/** @throws Error with a sentence for what is no such file */
async function readKeyFile(place: string): Promise<KeyFile> {
  const text = /^https?:\/\//.test(place) ? await download(place) : await readFile(place, 'utf8')
  const keyFile = parseKeyFile(text)
  if (!keyFile) throw new Error(`${place} is no audit-keys.json of this version.`)
  return keyFile
}

async function download(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(30_000) })
  if (!response.ok) throw new Error(`${address} answered ${response.status}.`)
  return response.text()
}

function lineOf({ name, account, text, notes }: Finding): string {
  const proof = notes ? `\n${notes.map((note) => `\n${note}`).join('')}` : ''
  return `${name.padEnd(15)} ${account ?? '-'}  ${text}${proof}\n`
}
