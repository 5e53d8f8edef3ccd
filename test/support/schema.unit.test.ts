import { printSchema } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'

test('graphql is there once: the schema is one to it', () => {
  expect(printSchema(schema)).toContain('type Query')
})
