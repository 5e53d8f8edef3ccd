import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'

const run = promisify(execFile)

/** A command of a page with the answer that is printed for it, null where there is none. */
type Step = { command: string; answer: string | null }

function stepsOf(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
    kind,
    text: text ?? '',
  }))
  return blocks.flatMap(({ kind, text }, index) => {
    const next = blocks[index + 1]
    const answer = next && (next.kind === '' || next.kind === 'json') ? next.text : null
    return kind === 'sh' ? [{ command: text, answer }] : []
  })
}

/** `NAME=prefix…` takes what the answers so far showed last that begins so, as a reader would. */
function fillIn(command: string, answers: string): string {
  return command.replaceAll(
    /^([A-Z_]+)=('?)([A-Za-z_]+|\{"\w+":"\w+",)…(\}?'?)$/gm,
    (_line, name: string, _q, prefix: string) => {
      const shown = prefix.startsWith('{') ? lineOf(answers, prefix) : textOf(answers, prefix)
      if (!shown) throw new Error(`No answer so far showed anything like ${prefix}…`)
      return `${name}='${shown}'`
    },
  )
}

const textOf = (answers: string, prefix: string) =>
  [...answers.matchAll(new RegExp(`(?<=")${prefix}[^"\\s]*`, 'g'))].at(-1)?.[0]
const lineOf = (answers: string, prefix: string) => answers.split('\n').findLast((line) => line.startsWith(prefix))

/** What is printed, with `…` for what differs from run to run. */
function shapeOf(printed: string): RegExp {
  const text = printed
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n"]*')
  return new RegExp(`^${text}${printed.startsWith('{') ? '$' : ''}`)
}

/** Of JSON the white space says nothing; `…` may stand for a number too. */
function inOneLine(json: string): string {
  return JSON.stringify(JSON.parse(json.replaceAll(/(?<=: )…/g, '"#"'))).replaceAll('"#"', '…')
}

/**
 * Runs the commands of a page, one after the other, and compares each answer with the one that is printed below it. A
 * command without an answer goes before all that follow.
 *
 * @param given.answers what a reader has seen before the page
 * @param given.settle puts in what only this run knows
 * @param given.folder where the commands run
 * @returns how many answers were compared
 */
export async function takeTour(
  markdown: string,
  given: { answers?: string; settle: (command: string) => string; folder: string },
): Promise<number> {
  let script = ''
  let answers = given.answers ?? ''
  let compared = 0
  for (const { command, answer } of stepsOf(markdown)) {
    const filled = given.settle(fillIn(command, answers))
    if (answer === null) {
      script += filled
      continue
    }
    const ran = run('bash', ['-c', script + filled], { cwd: given.folder })
    const { stdout } = await ran.catch((error: { stdout: string }) => error)
    answers += `\n${stdout}`
    if (answer.startsWith('{')) expect(inOneLine(stdout)).toMatch(shapeOf(inOneLine(answer)))
    else expect(stdout).toMatch(shapeOf(answer))
    compared += 1
  }
  return compared
}
