import { GraphQLError, type ValidationContext } from 'graphql'

const MAX_DEPTH = 50
const MESSAGE = 'A text holds a NUL character or half of a surrogate pair: no such text can be stored.'

function isBroken(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed()
}

/** A validation rule: no literal holds what PostgreSQL cannot store, so no query fails on it later. */
export function NoBrokenText(context: ValidationContext) {
  return {
    StringValue(node: { value: string }) {
      if (isBroken(node.value)) context.reportError(new GraphQLError(MESSAGE))
    },
  }
}

/** The same for the values of variables. Null where all is well. */
export function brokenVariables(variables: unknown): GraphQLError | null {
  const stack: { value: unknown; depth: number }[] = [{ value: variables, depth: 0 }]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { value, depth } = next
    if (depth > MAX_DEPTH) return new GraphQLError(`Variables are nested deeper than ${MAX_DEPTH} levels.`)
    if (typeof value === 'string' && isBroken(value)) return new GraphQLError(MESSAGE)
    if (typeof value !== 'object' || value === null) continue
    for (const [name, inner] of Object.entries(value)) {
      if (isBroken(name)) return new GraphQLError(MESSAGE)
      stack.push({ value: inner, depth: depth + 1 })
    }
  }
  return null
}
