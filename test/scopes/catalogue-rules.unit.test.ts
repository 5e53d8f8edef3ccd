import { describe, expect, test } from 'vitest'
import { bolts, endpoint, mistakesIn, ofEndpoint, ofProduct, ofScope, store } from './own-catalogue.ts'

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
