import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql'
import { expect, test } from 'vitest'
import { printedSchema } from '../../src/graphql/print-schema.ts'

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')
const contract = buildSchema(read('contract.graphql'))
const ours = buildSchema(printedSchema())

/** Contract and code in one form: a line for each field, argument, input field, value and member, with its type. */
function linesOf(type: GraphQLNamedType): string[] {
  const { name } = type
  if (isEnumType(type)) return type.getValues().map((value) => `${name}.${value.name}`)
  if (isUnionType(type)) return type.getTypes().map((member) => `${name} = ${member.name}`)
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => `${name}.${field.name}: ${field.type}`)
  if (isObjectType(type) || isInterfaceType(type))
    return Object.values(type.getFields()).flatMap((field) => [
      `${name}.${field.name}: ${field.type}`,
      ...field.args.map((argument) => `${name}.${field.name}(${argument.name}: ${argument.type})`),
    ])
  return [name]
}

const allLines = (schema: typeof ours) =>
  Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(linesOf)

test('every field, argument and value of the contract is here as the contract has it', () => {
  const here = new Set(allLines(ours))
  expect(allLines(contract).filter((line) => !here.has(line))).toEqual([])
})

test('schema.graphql is what the code prints: npm run schema', () => {
  expect(read('../../schema.graphql')).toBe(printedSchema())
})
