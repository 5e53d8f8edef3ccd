import { GraphQLError } from 'graphql'

/**
 * What a library says of a mistake in the request, without the values that it repeats: a password among them would stand
 * in the error reports of whoever sent it. Which variable, where in it, and what was expected remain.
 */
export function shownMessage(error: GraphQLError): string {
  const { message, originalError } = error
  const variable = /^Variable "\$\w+" got invalid value/.exec(message)?.[0]
  if (!variable || !(originalError instanceof GraphQLError)) return withoutValue(message)
  const why = originalError.message // stands at the end, behind the value and the place
  const place = / at "[\w.[\]]+"$/.exec(message.slice(0, message.length - `; ${why}`.length))?.[0] ?? ''
  return `${variable}${place}; ${withoutValue(why)}`
}

/** The value stands last. */
function withoutValue(message: string): string {
  return message
    .replace(/(?:(?:, |; |\. )[fF]ound|( value)): [\s\S]*$/, '$1.')
    .replace(/\b(Int|Float|String|BlockString) "[\s\S]*"\.$/, '$1.') // a syntax error's token
}
