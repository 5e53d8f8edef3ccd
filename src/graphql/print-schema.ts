import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from './schema.ts'

const FILE = fileURLToPath(new URL('../../schema.graphql', import.meta.url))

/** The schema as schema.graphql holds it: sorted, so that a review sees what changed and nothing else. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}

if (import.meta.main) writeFileSync(FILE, printedSchema())
