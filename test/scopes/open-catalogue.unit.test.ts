import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import builtIn from '../../src/scopes/catalogue.json' with { type: 'json' }
import { builtInCatalogue, checkScopes, openCatalogue } from '../../src/scopes/index.ts'
import { tempFolder } from '../support/temp-folder.ts'
import {
  acme,
  bolts,
  endpoint,
  mistakesIn,
  ofEndpoint,
  ofProduct,
  ofScope,
  open,
  store,
  written,
} from './own-catalogue.ts'

test('a catalogue of one’s own has its scopes and Chatelaine’s, and none of the built-in ones', async () => {
  const text = `\ufeff${written(acme)}`
  const opened = await open(text)
  const catalogue = opened.at('auth.acme.example')
  expect(catalogue.products.map(({ name }) => name)).toEqual(['store', 'chatelaine'])
  expect(catalogue.scope('/acme/store/bolts/read')).toEqual({ ...bolts, title: 'Read bolts' })
  expect(catalogue.ofProduct('chatelaine')).toEqual(builtInCatalogue('auth.acme.example').ofProduct('chatelaine'))
  expect(catalogue.scope('/twilio/messaging/messages/list')).toBeNull()
  expect(checkScopes(catalogue, ['/acme/store/*', '/acme/store/bolts/*', '/chatelaine/apps/*'])).toEqual([])
  expect(checkScopes(catalogue, ['/acme/*', '/acme/store/nuts/*', '/twilio/messaging/*'])).toMatchObject(
    Array(3).fill({ code: 'UNKNOWN_SCOPE' }),
  )
  expect(opened.sha256).toBe(createHash('sha256').update(text).digest('hex'))
})

test('the catalogue of docs/scopes.md is one', async () => {
  const page = await readFile(new URL('../../docs/scopes.md', import.meta.url), 'utf8')
  const printed = /```json\n(.*?)```/s.exec(page)?.[1] ?? ''
  expect(await mistakesIn(printed)).toEqual([])
  expect(
    (await open(printed))
      .at('h')
      .scopes.slice(0, 2)
      .map(({ title }) => title),
  ).toEqual(['List orders', 'Delete orders items'])
})

test('the built-in catalogue keeps the rules, and an empty one does', async () => {
  expect(await mistakesIn(builtIn)).toEqual([])
  expect(await mistakesIn({ products: [], scopes: [] })).toEqual([])
})

describe('what is no JSON is told with its line', () => {
  test.each([
    ['', 'line 1: is not JSON: value expected.'],
    ['{\n "products": [],\n "scopes": [],\n}', 'line 4: is not JSON: property name expected.'],
    ['{\r\n // mine\r\n "products": [] }', 'line 2: is not JSON: invalid comment token.'],
    ['{ "products": []\n "scopes": [] }', 'line 2: is not JSON: comma expected.'],
    ['{}\n{}', 'line 2: is not JSON: end of file expected.'],
    [
      '{ "products": [],\n "scopes": [],\n "products": [] }',
      'line 3: the member "products" stands twice in one object.',
    ],
    [`{ "products": ${'['.repeat(1_000_000)}`, 'line 1: is not JSON that can be read: it is nested too deeply.'],
  ])('%.40j', async (text, sentence) => expect(await mistakesIn(text)).toEqual([sentence]))

  test('and bytes that are no UTF-8', async () =>
    expect(await mistakesIn(Buffer.from([0x7b, 0xff, 0x7d]))).toEqual(['is not UTF-8.']))
})

describe('what has another shape is told with its line', () => {
  test.each([
    [[], ['line 1: the file is not an object.']],
    [{ ...acme, version: 1 }, ['line 23: the file has no member "version".']],
    [{ products: [] }, ['line 1: the list of scopes is missing.']],
    [
      { products: {}, scopes: 'none' },
      ['line 2: the list of products is not a list.', 'line 3: the list of scopes "none" is not a list.'],
    ],
    [{ products: [null], scopes: [7] }, ['line 3: a product is not an object.', 'line 6: a scope is not an object.']],
  ])('%j', async (content, sentences) => expect(await mistakesIn(content)).toEqual(sentences))

  test('in a product, a scope, an endpoint', async () => {
    expect(await ofProduct({ titel: 'x', title: undefined })).toEqual([
      'line 3: the title is missing.',
      'line 5: a product has no member "titel".',
    ])
    expect(await ofScope({ action: 1, title: 'x', ['__proto__']: 1 })).toEqual([
      'line 13: the action is not a string.',
      'line 21: a scope has no member "title".',
      'line 22: a scope has no member "__proto__".',
    ])
    expect(await ofEndpoint({ method: undefined, port: 1 })).toEqual([
      'line 15: the method is missing.',
      'line 18: an endpoint has no member "port".',
    ])
  })
})

describe('limits', () => {
  const many = (count: number, endpoints = [endpoint]) =>
    Array.from({ length: count }, (_, index) => ({
      ...bolts,
      name: `/acme/store/bolts-${index}/read`,
      resource: `bolts-${index}`,
      endpoints,
    }))
  const two = [endpoint, { ...endpoint, method: 'HEAD' }]

  test('10,000 scopes and 20,000 endpoints are allowed, and one more is not', { timeout: 60_000 }, async () => {
    expect(await mistakesIn({ products: [store], scopes: many(10_000, two) })).toEqual([])
    const three = [...many(9_999, two), ...many(1, [...two, { ...endpoint, method: 'PUT' }])]
    three[9_999] = { ...bolts, endpoints: three[9_999]?.endpoints ?? [] }
    expect(await mistakesIn({ products: [store], scopes: three })).toEqual([
      expect.stringContaining('there are more than 20,000 endpoints: 20001.'),
    ])
    expect(await mistakesIn({ products: [store], scopes: many(10_001) })).toEqual([
      'line 8: the list of scopes has more than 10,000 elements.',
    ])
  })

  test('100 endpoints of a scope, one at least; 1,000 products', async () => {
    const endpoints = Array.from({ length: 101 }, (_, index) => ({ ...endpoint, path: `/${index}` }))
    expect(await ofScope({ endpoints: endpoints.slice(1) })).toEqual([])
    expect(await ofScope({ endpoints })).toEqual(['line 14: the list of endpoints has more than 100 elements.'])
    expect(await ofScope({ endpoints: [] })).toEqual([
      'line 14: the list of endpoints is empty: the scope would open nothing.',
    ])
    const products = Array.from({ length: 1001 }, (_, index) => ({ name: `p${index}`, title: 'P' }))
    expect(await mistakesIn({ products: products.slice(1), scopes: [] })).toEqual([])
    expect(await mistakesIn({ products, scopes: [] })).toEqual([
      'line 2: the list of products has more than 1,000 elements.',
    ])
  })

  test('of a thousand mistakes fifty are told, by their lines, and the others counted', async () => {
    const told = await mistakesIn({ products: [], scopes: many(1000) })
    expect(told).toHaveLength(51)
    expect(told.slice(0, 2)).toEqual([
      'line 6: the product "store" is not among the products.',
      'line 19: the product "store" is not among the products.',
    ])
    expect(told.at(-1)).toBe('has 950 more mistakes.')
  })

  test('a file of 8 MiB', async () => {
    const fill = (size: number) => written(acme).padEnd(size, ' ')
    expect(await mistakesIn(fill(8 * 1024 * 1024))).toEqual([])
    expect(await mistakesIn(fill(8 * 1024 * 1024 + 1))).toEqual([expect.stringMatching(/^is larger than 8 MiB: /)])
  })
})

test('what is not there, or no file, is told', async () => {
  await using folder = await tempFolder()
  const directory = join(folder.path, 'scopes')
  await mkdir(directory)
  expect(() => openCatalogue(join(directory, 'none.json'))).toThrow(
    new ConfigError(`SCOPES_FILE cannot be read (ENOENT): ${directory}/none.json.`),
  )
  expect(() => openCatalogue(directory)).toThrow(new ConfigError(`SCOPES_FILE is no file: ${directory}.`))
  expect(() => openCatalogue('/dev/null')).toThrow(new ConfigError('SCOPES_FILE is no file: /dev/null.'))
})
