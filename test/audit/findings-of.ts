import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createFindings,
  parseCheckpoint,
  parseKeyFile,
  type SignedRoot,
  trustKeys,
  verifyExport,
} from '../../src/verify/index.ts'
import { tempFolder } from '../support/index.ts'
import vectors from './vectors.json' with { type: 'json' }

/** What a reader finds in an export. @param remembered the note of the newest checkpoint that it kept */
export async function findingsOf(
  lines: readonly string[],
  remembered: string | null = null,
  keys: string[] = [],
  keyFile: object = vectors.auditKeys,
) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'export.ndjson')
  await writeFile(file, lines.map((line) => `${line}\n`).join(''))
  const findings = createFindings()
  const known = remembered === null ? null : parseCheckpoint(remembered)
  const account = /[^/]+$/.exec(known?.origin ?? '')?.[0] ?? ''
  const memory = new Map<string, SignedRoot>(known ? [[account, known]] : [])
  const trusted = trustKeys(keys, parseKeyFile(JSON.stringify(keyFile)))
  const verified = await verifyExport(file, memory, trusted, findings)
  const all = findings.all()
  return { names: all.map(({ name }) => name), exit: findings.exitCode(), all, verified }
}
