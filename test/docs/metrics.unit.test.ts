import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMetrics } from '../../src/metrics.ts'

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

test('docs/metrics.md lists each metric, with its type, and no other', async () => {
  const { body } = await createMetrics().text(false)
  const served = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const told = [...page.matchAll(/^\| `(chatelaine_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`)
  expect(served.length).toBeGreaterThan(5)
  expect(told.toSorted()).toEqual(served.toSorted())
})
