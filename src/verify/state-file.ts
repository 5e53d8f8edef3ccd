import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { isKey } from './keys.ts'
import { parseCheckpoint, type SignedRoot } from './note.ts'

/** What a reader remembers: the keys that it trusts, and of each account the newest checkpoint. */
export type State = { keys: string[]; accounts: Map<string, SignedRoot> }

/** @returns nothing remembered where there is no such file. @throws Error for what is no state file */
export async function readState(file: string): Promise<State> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return { keys: [], accounts: new Map() }
  const mistake = new Error(`${file} is no state file of this version.`)
  let state: { format?: unknown; keys?: unknown; accounts?: unknown }
  try {
    state = JSON.parse(text)
  } catch {
    throw mistake
  }
  const { format, keys, accounts } = state
  if (format !== 'chatelaine-audit-state/1' || !Array.isArray(keys) || !keys.every(isKey) || !accounts) throw mistake
  const remembered = Object.entries(accounts).map(([account, { note }]: [string, { note: string }]) => {
    const checkpoint = parseCheckpoint(note)
    if (!checkpoint) throw mistake
    return [account, checkpoint] as const
  })
  return { keys, accounts: new Map(remembered) }
}

/** Replaces it as a whole. Accounts that were not seen stay; none becomes smaller. */
export async function writeState(file: string, before: State, keys: Iterable<string>, newest: State['accounts']) {
  const accounts = new Map(before.accounts)
  for (const [account, checkpoint] of newest)
    if (checkpoint.size >= (accounts.get(account)?.size ?? 0)) accounts.set(account, checkpoint)
  const text = JSON.stringify({
    format: 'chatelaine-audit-state/1',
    keys: [...keys],
    accounts: Object.fromEntries([...accounts].map(([account, { note }]) => [account, { note }])),
  })
  const temporary = `${file}.${randomUUID()}`
  const handle = await open(temporary, 'wx', 0o600)
  await handle.writeFile(`${text}\n`)
  await handle.sync()
  await handle.close()
  await rename(temporary, file)
}
