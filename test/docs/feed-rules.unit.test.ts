import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/audit-feed.md', root), 'utf8')
const tests = globSync('test/{audit,http,accounts,docs,faults}/**/*.test.ts', { cwd: root })
  .filter((file) => !file.endsWith('feed-rules.unit.test.ts'))
  .map((file) => readFileSync(new URL(file, root), 'utf8'))
  .join('\n')

test('each numbered rule of docs/audit-feed.md has a test that names it', () => {
  const rules = [...page.matchAll(/^(\d+)\. /gm)].map(([, number]) => number)
  expect(rules).toEqual(rules.map((_, index) => String(index + 1)))
  expect(rules.length).toBeGreaterThan(8)
  for (const number of rules) expect(tests, `rule ${number}`).toContain(` [feed ${number}]'`)
})

test('each close code and each refusal in it is one that a test meets', () => {
  const closed = page.slice(page.indexOf('| closed with |'), page.indexOf("graphql-ws's own client stops"))
  const codes = [...closed.matchAll(/^\| (\d{4})/gm)].map(([, code]) => code).filter((code) => code !== '1006')
  expect(new Set(codes).size).toBeGreaterThan(9)
  for (const code of codes) expect(tests, `close code ${code}`).toMatch(new RegExp(`\\b${code}\\b`))
  const refused = page.slice(page.indexOf('| code | why |'), page.indexOf('## WebSocket'))
  for (const [, code] of refused.matchAll(/^\| `([A-Z_]+)`/gm)) expect(tests, code).toContain(`'${code}'`)
})
