import { GraphQLError, type ValueNode, valueFromASTUntyped } from 'graphql'
import type { Json } from '../audit/index.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import { builder } from './builder.ts'

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

builder.scalarType('DateTime', {
  description: 'An instant in UTC, ISO 8601 with milliseconds: `2026-11-23T18:00:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' && DATE_TIME.test(value) ? new Date(value) : null
    if (!date || Number.isNaN(date.getTime()))
      throw refusal(value, 'is no instant in ISO 8601 with its zone, like 2026-11-23T18:00:00.000Z')
    return date
  },
})

builder.scalarType('Duration', {
  description:
    'A length of time, ISO 8601: `PT30M`, `PT1H`, `P7D`. Weeks, days, hours, minutes and whole seconds;\n' +
    'months and years are refused, because their length varies. Answered in days, hours, minutes, seconds, as short as can be (`P1D`, not `PT24H`).',
  serialize: (value) => formatDuration(value),
  parseValue: (value) => {
    const seconds = typeof value === 'string' ? parseDuration(value) : null
    if (seconds === null)
      throw refusal(
        value,
        'is no length of time in ISO 8601 weeks, days, hours, minutes and whole seconds, like PT1H or P7D',
      )
    return seconds
  },
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value as Json,
  parseLiteral: (node: ValueNode, variables) => valueFromASTUntyped(node, variables) as Json,
})

builder.scalarType('SafeInt', {
  description: "A whole number up to 2^53 - 1: a history outgrows GraphQL's 32-bit Int.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (!Number.isSafeInteger(value)) throw refusal(value, 'is no whole number between -(2^53 - 1) and 2^53 - 1')
    return value as number
  },
  parseLiteral: (node) => {
    const value = node.kind === 'IntValue' ? Number(node.value) : Number.NaN
    if (!Number.isSafeInteger(value))
      throw refusal('value' in node ? node.value : node.kind, 'is no whole number between -(2^53 - 1) and 2^53 - 1')
    return value
  },
})

function refusal(value: unknown, why: string): GraphQLError {
  const text =
    typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value).slice(0, 60) : 'This value'
  return new GraphQLError(`${text} ${why}.`)
}
