import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest'
import { closeFileDatabase, fileDatabase } from './file-database.ts'
import { closeFileGateway, fileGateway } from './file-gateway.ts'
import type {} from './provided.ts'

const missing = inject('engine') === 'postgres' && 'missing' in inject('postgres')

// Opened here, what takes long does not count against the first test's time limit. A file whose tests do not ask for it
// does without; should this overlook one, its fixture opens it.
beforeAll(async () => {
  if (missing) return
  const file = readFileSync(expect.getState().testPath ?? '', 'utf8')
  if (/\(\{[^()]*\b(db|databaseUrl|owner|app)\b[^()]*\}\)/.test(file)) await fileDatabase()
  if (/\(\{[^()]*\b(gateway|token)\b[^()]*\}\)/.test(file)) await fileGateway()
}, 120_000)

beforeEach(({ skip }) => {
  if (missing) skip('There is no PostgreSQL server.')
})

afterAll(async () => {
  await closeFileGateway()
  await closeFileDatabase()
}, 60_000)
