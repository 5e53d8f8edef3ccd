import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FOLDER = new URL('./', import.meta.url)

/**
 * Installs what this folder's package-lock.json names, if that has not been done since it last changed: the peers are no
 * part of the project's own install.
 */
export async function installPeers(): Promise<void> {
  if (changedAt('package-lock.json') < changedAt('node_modules/.package-lock.json')) return
  process.stdout.write('Installing the peers into bench/peers/node_modules (40 MB) …\n')
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(FOLDER),
  })
}

/** Milliseconds since 1970; 0 for what is not there. npm writes the second of the two last. */
function changedAt(file: string): number {
  return statSync(new URL(file, FOLDER), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
