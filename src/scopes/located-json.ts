import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

export type JsonPath = readonly (string | number)[]
/** What is wrong, and in which line, from 1 on. */
export type Mistake = { line: number; message: string }
/** A JSON text read so that what is wrong with a value can be told with its line. */
export type LocatedJson = {
  value: unknown
  /** Of the value at a path; where that is missing, of what it is missing in. */
  lineOf(path: JsonPath): number
}

/**
 * JSON as in RFC 8259: without comments and commas at ends, and with each member named once, whose last value would
 * otherwise stand silently for both.
 */
export function readLocatedJson(
  text: string,
): { located: LocatedJson; mistakes: null } | { located: null; mistakes: Mistake[] } {
  const lineAt = lineFinder(text)
  const errors: ParseError[] = []
  try {
    const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
    const [error] = errors
    if (error)
      return { located: null, mistakes: [{ line: lineAt(error.offset), message: `is not JSON: ${nameOf(error)}` }] }
    const value: unknown = JSON.parse(text)
    if (!root) throw new Error('There is no JSON in the text.') // which JSON.parse has refused before
    const mistakes = repeatedMembers(root).map(({ offset, name }) => ({
      line: lineAt(offset),
      message: `the member ${shown(name)} stands twice in one object`,
    }))
    if (mistakes.length > 0) return { located: null, mistakes }
    return { located: { value, lineOf: (path) => lineAt(nearest(root, path).offset) }, mistakes: null }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // of the stack, which nothing but depth uses up
    return { located: null, mistakes: [{ line: 1, message: 'is not JSON that can be read: it is nested too deeply' }] }
  }
}

/** A text of the file in a sentence: its beginning. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

/** `CommaExpected` → `comma expected`. */
function nameOf({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replaceAll(/\B[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase()
}

function repeatedMembers(root: Node): { offset: number; name: string }[] {
  const repeated: { offset: number; name: string }[] = []
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    const names = new Set<string>()
    for (const child of node.children ?? []) {
      open.push(child)
      const name = child.type === 'property' ? String(child.children?.[0]?.value) : null
      if (name === null) continue
      if (names.has(name)) repeated.push({ offset: child.offset, name })
      names.add(name)
    }
  }
  return repeated
}

function nearest(root: Node, path: JsonPath): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node) return node
  }
  return root
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}
