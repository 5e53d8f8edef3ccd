import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** As `npm run keys -- …` does it. */
export function runKeys(args: string[], env: Record<string, string>) {
  return runCommand('keys', args, env)
}

/** As `npm run COMMAND -- …` does it. */
export async function runCommand(command: string, args: string[], env: Record<string, string>) {
  const run = promisify(execFile)(`${root}/node_modules/.bin/node`, [`src/command-line/${command}.ts`, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    maxBuffer: 67_108_864,
  })
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  )
}

/** The rows of the table that it prints, cell by cell. */
export function rowsOf(stdout: string): string[][] {
  const lines = stdout.split('\n')
  const head = lines.findIndex((line) => line.startsWith('KID '))
  return lines
    .slice(head + 1)
    .filter((line) => /^[\w-]{43} /.test(line))
    .map((line) => line.split(/ {2,}/))
}
