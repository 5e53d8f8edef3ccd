import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import builtIn from '../../src/scopes/catalogue.json' with { type: 'json' }
import { builtInCatalogue, checkScopes, openCatalogue } from '../../src/scopes/index.ts'
import { tempFolder } from '../support/temp-folder.ts'

const endpoint = { method: 'GET', host: 'api.acme.example', path: '/bolts/{id}' }
const bolts = {
  name: '/acme/store/bolts/read',
  product: 'store',
  resource: 'bolts',
  action: 'read',
  endpoints: [endpoint],
}
const store = { name: 'store', title: 'Store' }
const acme = { products: [store], scopes: [bolts] }
/** As people write it: each member in a line of its own. */
const written = (value: unknown) => JSON.stringify(value, null, 1)

async function open(content: string | Uint8Array) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'scopes.json')
  await writeFile(file, content)
  return openCatalogue(file)
}

async function mistakesIn(content: unknown): Promise<string[]> {
  const text = typeof content === 'string' || content instanceof Uint8Array ? content : written(content)
  const error = await open(text).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error === null) return []
  if (!(error instanceof ConfigError)) throw error
  return error.message.split('\n').map((line) => line.replace(/^SCOPES_FILE,? /, ''))
}
/** Told of a catalogue where the one scope, or its one endpoint, is another. */
const ofScope = (changed: object) => mistakesIn({ products: [store], scopes: [{ ...bolts, ...changed }] })
const ofEndpoint = (changed: object) => ofScope({ endpoints: [{ ...endpoint, ...changed }] })
const ofProduct = (changed: object) => mistakesIn({ products: [{ ...store, ...changed }], scopes: [] })

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

const badPart = 'is not made of lower-case letters and digits, with single hyphens between.'
const badName =
  'does not fit /namespace/product/resource/action (each of lower-case letters and digits, with single hyphens between; a sub-resource after a dot).'
const badHost =
  'is no host as URLs have it: in lower case, with a port only where it is neither 80 nor 443, without scheme and path.'
const badPath =
  'is not canonical: it begins with /, has no empty segment and no . or .., no query, no ;, and %20 and the like in upper case for what needs it alone.'
const badBraces = 'has braces that are no parameter like {id}.'

describe('a bad value', () => {
  test.each([
    [{ name: 'Store' }, `the name "Store" ${badPart}`],
    [{ name: 'a--b' }, `the name "a--b" ${badPart}`],
    [{ name: '' }, `the name "" ${badPart}`],
    [{ name: 'x'.repeat(129) }, `the name "${'x'.repeat(100)}…" is longer than 128 characters.`],
    [{ name: 'chatelaine' }, 'the product "chatelaine" is Chatelaine\'s own.'],
  ])('of a product’s name: %.60j', async (changed, sentence) =>
    expect(await ofProduct(changed)).toEqual([`line 4: ${sentence}`]),
  )

  test.each([
    [{ title: '' }, 'the title "" is empty, or has spaces around it.'],
    [{ title: ' Store' }, 'the title " Store" is empty, or has spaces around it.'],
    [{ title: 'a\nb' }, 'the title "a\\nb" holds control characters.'],
    [{ title: 'x'.repeat(101) }, `the title "${'x'.repeat(100)}…" is longer than 100 characters.`],
  ])('of a product’s title: %.60j', async (changed, sentence) =>
    expect(await ofProduct(changed)).toEqual([`line 5: ${sentence}`]),
  )

  test.each([
    '/acme/store/bolts',
    '/acme/store/bolts/read/all',
    'acme/store/bolts/read',
    '/acme/store/bolts/read/',
    '/acme/store/bolts/*',
    '/acme/store.x/bolts/read',
    '/acme/store/bolts..heads/read',
    '/acme/store/bolt s/read',
    '/acme/store/bolts/réad',
    '/Acme/store/bolts/read',
    '/acme//bolts/read',
    '',
  ])('of a scope’s name: %j', async (name) =>
    expect(await ofScope({ name })).toEqual([`line 10: the name ${JSON.stringify(name)} ${badName}`]),
  )

  test('of a scope’s name: too long', async () => {
    const resource = 'x'.repeat(128 - '/acme/store//read'.length)
    const named = (given: string) => ({ name: `/acme/store/${given}/read`, resource: given })
    expect(await ofScope(named(resource))).toEqual([])
    expect(await ofScope(named(`${resource}x`))).toEqual([
      expect.stringMatching(/^line 10: .* is longer than 128 characters\.$/),
    ])
  })

  test.each(['get', 'G ET', 'FETCH', ''])('of a method: %j', async (method) =>
    expect(await ofEndpoint({ method })).toEqual([
      `line 16: the method ${JSON.stringify(method)} is no HTTP method (in upper case: GET).`,
    ]),
  )

  test.each([
    'API.acme.example',
    'https://api.acme.example',
    'api.acme.example/v1',
    'api.acme.example:443',
    'api.acme.example:80',
    'api.acme.example:99999',
    'api.acme.example.',
    '*.acme.example',
    'me@api.acme.example',
    'bücher.example',
    '[::1',
    '[0:0::1]',
    '1.2.3',
    '',
  ])('of a host: %j', async (host) =>
    expect(await ofEndpoint({ host })).toEqual([`line 17: the host ${JSON.stringify(host)} ${badHost}`]),
  )

  test.each([
    ['bolts', badPath],
    ['', badPath],
    ['/bolts//{id}', badPath],
    ['/bolts/../nuts', badPath],
    ['/./bolts', badPath],
    ['/bolts?all=1', badPath],
    ['/bolts#all', badPath],
    ['/bolts;v=1', badPath],
    ['/caf%c3%a9', badPath],
    ['/%62olts', badPath],
    ['/bolts%2Fheads', badPath],
    ['/café', badPath],
    ['/bolts/{id', badBraces],
    ['/bolts/id}', badBraces],
    ['/bolts/{}', badBraces],
    ['/bolts/{+id}', badBraces],
    ['/bolts/{id*}', badBraces],
    ['/bolts/{a,b}', badBraces],
    ['/bolts/{a{b}}', badBraces],
    ['/bolts/{a}{b}', 'has two parameters with nothing between them.'],
    ['/bolts/{id}/heads/{id}', 'names a parameter twice.'],
  ])('of a path: %j', async (path, why) =>
    expect(await ofEndpoint({ path })).toEqual([`line 18: the path ${JSON.stringify(path)} ${why}`]),
  )
})

describe('a good value', () => {
  test.each(['localhost', 'localhost:4000', '10.0.0.1', '[::1]:8443', 'xn--bcher-kva.example', 'my_service'])(
    'of a host: %s',
    async (host) => expect(await ofEndpoint({ host })).toEqual([]),
  )
  test.each([
    '/',
    '/bolts/',
    '/v1/Bolts/{Bolt_id}.json',
    '/a/{from}-{to}',
    '/bolts/{bolt-id}:cancel',
    "/~a/b@c,d=e'!$&+",
  ])('of a path: %s', async (path) => expect(await ofEndpoint({ path })).toEqual([]))
})

test('what stands twice is told where it stands the second time', async () => {
  const other = { ...endpoint, path: '/bolts/{bolt}' }
  const nuts = { ...bolts, name: '/acme/store/nuts/read', resource: 'nuts' }
  expect(
    await mistakesIn({ products: [store, store], scopes: [{ ...bolts, endpoints: [endpoint, other] }, bolts, nuts] }),
  ).toEqual([
    'line 8: the product "store" stands twice, first in line 4.',
    'line 24: the endpoint "GET api.acme.example/bolts/{}" stands twice, first in line 19.',
    'line 32: the scope "/acme/store/bolts/read" stands twice, first in line 14.',
  ])
})

test('a scope belongs to a product of the file, which its name says, and to none of Chatelaine’s', async () => {
  expect(await ofScope({ product: 'shop', resource: 'bolt', action: 'list' })).toEqual([
    'line 11: the product "shop" is not the one that the name has, "store".',
    'line 11: the product "shop" is not among the products.',
    'line 12: the resource "bolt" is not the one that the name has, "bolts".',
    'line 13: the action "list" is not the one that the name has, "read".',
  ])
  expect(await ofScope({ name: '/chatelaine/store/bolts/read' })).toEqual([
    'line 10: the scope "/chatelaine/store/bolts/read" is named as Chatelaine\'s own are.',
  ])
  expect(await ofScope({ name: '/acme/chatelaine/bolts/read', product: 'chatelaine' })).toEqual([
    'line 10: the scope "/acme/chatelaine/bolts/read" is named as Chatelaine\'s own are.',
  ])
  // A product that is wrong in something else is there for its scopes.
  expect(await mistakesIn({ products: [{ name: 'store' }], scopes: [bolts] })).toEqual([
    'line 3: the title is missing.',
  ])
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
