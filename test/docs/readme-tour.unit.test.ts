import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { spawnGateway, tempFolder } from '../support/index.ts'

const run = promisify(execFile)
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** A command of the tour with the answer that the README prints for it, null where it prints none. */
type Step = { command: string; answer: string | null }

function stepsOf(markdown: string): Step[] {
  const tour = markdown.split('## A tour in five minutes')[1]?.split('\n## ')[0] ?? ''
  const blocks = [...tour.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
    kind,
    text: text ?? '',
  }))
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1]
    return kind === 'sh' ? [{ command: text, answer: next && next.kind !== 'sh' ? next.text : null }] : []
  })
}

/** `NAME=prefix…` takes what the answers so far showed last that begins so, as a reader of the tour would. */
function fillIn(command: string, answers: string): string {
  return command.replaceAll(/^([A-Z_]+)=([A-Za-z_]+)…$/gm, (_line, name: string, prefix: string) => {
    const shown = [...answers.matchAll(new RegExp(`(?<=")${prefix}[^"\\s]*`, 'g'))].at(-1)?.[0]
    if (!shown) throw new Error(`No answer so far showed anything like ${prefix}…`)
    return `${name}='${shown}'`
  })
}

/** What is printed, with `…` for what differs from run to run. */
function shapeOf(printed: string): RegExp {
  const text = printed
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n"]*')
  return new RegExp(`^${text}${printed.startsWith('{') ? '$' : ''}`)
}

test('every request of the tour in README.md gets the answer that is printed below it', {
  timeout: 120_000,
}, async () => {
  await using folder = await tempFolder()
  await using gateway = await spawnGateway({ DATA_DIR: `${folder.path}/data`, ADMIN_EMAIL: '', ADMIN_PASSWORD: '' })
  const password = /Password\s+(\S+)/.exec(gateway.stdout())?.[1] ?? ''
  const steps = stepsOf(README)
  expect(steps.filter(({ answer }) => answer !== null).length).toBeGreaterThan(10)

  let script = ''
  let answers = ''
  for (const { command, answer } of steps) {
    const filled = fillIn(command, answers)
      .replace('http://localhost:4000', gateway.url)
      .replace("PASSWORD='…'", `PASSWORD='${password}'`)
    if (answer === null) {
      script += filled
      continue
    }
    const { stdout } = await run('bash', ['-c', script + filled]).catch((error: { stdout: string }) => error)
    answers += stdout
    if (answer.startsWith('{')) {
      const [got, printed] = [JSON.parse(stdout), JSON.parse(answer)].map((json: unknown) => JSON.stringify(json))
      expect(got).toMatch(shapeOf(printed ?? ''))
    } else expect(stdout).toMatch(shapeOf(answer))
  }
})
