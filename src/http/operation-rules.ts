import { GraphQLError, Lexer, parse, Source, TokenKind, validate } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { type Context, readSingly } from '../graphql/context.ts'
import { createSharedExecution } from '../graphql/shared-execution.ts'
import { brokenVariables, NoBrokenText } from '../graphql/text.ts'
import { Fault } from '../result.ts'

/** Bounds the work of parsing and validating: deep, wide and repetitive documents all need tokens. */
const MAX_TOKENS = 2000
/** The parser calls itself for each level, and a thousand levels are more than the stack holds. */
const MAX_NESTING = 100
const MAX_ERRORS = 20
const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

/** The same for every transport: how documents are parsed, validated and executed. */
export function useOperationRules(): Plugin<Context> {
  const subscribeShared = createSharedExecution()
  return {
    onRequestParse: ({ request, requestParser, setRequestParser }) => {
      const parser = request.method === 'POST' ? readJson : requestParser
      if (!parser) return
      setRequestParser(async (limited) => {
        try {
          return await parser(limited)
        } catch (error) {
          if (error instanceof SyntaxError) throw new GraphQLError('The request holds something that is no JSON.')
          throw error
        }
      })
    },
    onParse: ({ setParseFn }) =>
      setParseFn((text: string | Source, options) => {
        const source = typeof text === 'string' ? new Source(text) : text
        checkSize(source)
        return parse(source, options)
      }),
    onValidate: ({ addValidationRule, setValidationFn }) => {
      addValidationRule(NoBrokenText)
      setValidationFn((schema, document, rules, options) =>
        validate(schema, document, rules, { ...options, maxErrors: MAX_ERRORS, hideSuggestions: true }),
      )
    },
    onParams: ({ params, setResult }) => {
      const error = brokenVariables(params.variables)
      if (error) setResult({ errors: [error] })
    },
    onExecute: ({ executeFn, setExecuteFn }) =>
      setExecuteFn(async (args) => {
        try {
          return await executeFn(args)
        } finally {
          await (args.contextValue as Context).reads.close()
        }
      }),
    onSubscribe: ({ args, setSubscribeFn }) => {
      readSingly(args.contextValue as Context)
      setSubscribeFn(subscribeShared)
    },
  }
}

/** The gate lets JSON alone through, however its media type is spelled; yoga's own reader knows one spelling. */
async function readJson(request: Request): Promise<GraphQLParams> {
  const params: unknown = await request.json()
  if (typeof params !== 'object' || params === null) throw new GraphQLError('The request is no JSON object.')
  return params
}

/** @throws Fault COMPLEXITY_EXCEEDED for a document that is too long or too deep to be parsed */
function checkSize(source: Source): void {
  const lexer = new Lexer(source)
  let nesting = 0
  for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
    if (tokens >= MAX_TOKENS) throw new Fault('COMPLEXITY_EXCEEDED', `A document has at most ${MAX_TOKENS} tokens.`)
    if (OPENING.has(lexer.token.kind)) nesting += 1
    if (CLOSING.has(lexer.token.kind)) nesting -= 1
    if (nesting > MAX_NESTING)
      throw new Fault('COMPLEXITY_EXCEEDED', `A document is nested ${MAX_NESTING} levels deep at most.`)
  }
}
