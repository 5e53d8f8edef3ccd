import { parse, validate } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Context, readSingly } from '../graphql/context.ts'
import { brokenVariables, NoBrokenText } from '../graphql/text.ts'

/** Bounds the work of parsing and validating: deep, wide and repetitive documents all need tokens. */
const MAX_TOKENS = 2000
const MAX_ERRORS = 20

/** The same for every transport: how documents are parsed, validated and executed. */
export function useOperationRules(): Plugin<Context> {
  return {
    onParse: ({ setParseFn }) => setParseFn((source, options) => parse(source, { ...options, maxTokens: MAX_TOKENS })),
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
    onSubscribe: ({ args }) => readSingly(args.contextValue as Context),
  }
}
