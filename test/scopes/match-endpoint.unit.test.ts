import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { builtInCatalogue, createEndpointMatcher } from '../../src/scopes/index.ts'

const HOST = 'api.example.com'

/** One scope for each endpoint, named as it is written. */
function matcherOf(...endpoints: string[]) {
  const scopes = endpoints.map((name) => {
    const [method = '', path = ''] = name.split(' ')
    return { name, title: '', product: '', resource: '', action: '', endpoints: [{ method, host: HOST, path }] }
  })
  const matcher = createEndpointMatcher({ scopes })
  return (method: string, path: string, host = HOST) => matcher.find(method, host, path)?.scopes ?? null
}

describe('of several that fit the most specific one counts', () => {
  const find = matcherOf(
    'GET /apps',
    'GET /apps/{id}',
    'GET /apps/{id}.json',
    'GET /apps/list',
    'GET /apps/{id}/secrets',
    'GET /apps/list/{page}',
    'POST /apps/{id}:cancel',
    'DELETE /apps/{name}',
    'GET /',
  )
  test.each([
    ['GET', '/', 'GET /'],
    ['GET', '/apps', 'GET /apps'],
    ['HEAD', '/apps', 'GET /apps'],
    ['GET', '/apps/1', 'GET /apps/{id}'],
    ['GET', '/apps/1.2', 'GET /apps/{id}'],
    ['GET', '/apps/1.json', 'GET /apps/{id}.json'],
    ['GET', '/apps/list', 'GET /apps/list'],
    ['GET', '/apps/lists', 'GET /apps/{id}'],
    ['GET', '/apps/list/2', 'GET /apps/list/{page}'],
    ['GET', '/apps/list/secrets', 'GET /apps/list/{page}'],
    ['GET', '/apps/1/secrets', 'GET /apps/{id}/secrets'],
    ['POST', '/apps/1:cancel', 'POST /apps/{id}:cancel'],
    ['DELETE', '/apps/1', 'DELETE /apps/{name}'],
  ])('%s %s', (method, path, name) => expect(find(method, path)).toEqual([name]))

  test.each([
    ['another method', 'PUT', '/apps'],
    ['a method in lower case', 'get', '/apps'],
    ['a method of every object', 'constructor', '/apps'],
    ['a slash at its end', 'GET', '/apps/'],
    ['another case', 'GET', '/Apps'],
    ['an empty parameter', 'POST', '/apps/:cancel'],
    ['an empty segment', 'GET', '/apps//secrets'],
    ['more behind it', 'GET', '/apps/1/secrets/2'],
    ['less', 'POST', '/apps/1'],
    ['a path that is not canonical', 'GET', '/apps/../apps'],
    ['a path of 9,000 characters', 'GET', `/apps/${'x'.repeat(9000)}`],
  ])('%s matches nothing', (_what, method, path) => expect(find(method, path)).toBeNull())

  test('another host matches nothing', () => expect(find('GET', '/apps', 'elsewhere.example.com')).toBeNull())
})

test('scopes of one endpoint open it each, whatever they call its parameters', () => {
  const find = matcherOf('GET /apps/{id}', 'GET /apps/{name}')
  expect(find('GET', '/apps/1')).toEqual(['GET /apps/{id}', 'GET /apps/{name}'])
})

test('text and parameters share a segment, with a character for each parameter', () => {
  const find = matcherOf('GET /{a}-{b}.json', 'GET /{a}.json', 'GET /v{n}', 'GET /{a}{b}', 'GET /(a)*/{x}:cancel')
  const cases = {
    '/x-y.json': '{a}-{b}.json',
    '/x--.json': '{a}-{b}.json',
    '/x-.json': '{a}.json',
    '/-y.json': '{a}.json',
    '/v1': 'v{n}',
    '/v': null,
    '/.json': '{a}{b}',
    '/ab': '{a}{b}',
    '/(a)*/1:cancel': '(a)*/{x}:cancel',
    '/(a)*/:cancel': null,
    '/aaa/1:cancel': null,
  }
  for (const [path, expected] of Object.entries(cases))
    expect([path, find('GET', path)]).toEqual([path, expected && [`GET /${expected}`]])
})

test('a path of 8,192 characters that nearly fits costs no more than looking at it', () => {
  const find = matcherOf(`GET /${'{a}x'.repeat(50)}y`)
  expect(find('GET', `/${'x'.repeat(8191)}`)).toBeNull()
})

test('every endpoint of the built-in catalogue is found again, whatever stands for its parameters', () => {
  const catalogue = builtInCatalogue('localhost:4000')
  const matcher = createEndpointMatcher(catalogue)
  const all = catalogue.scopes.flatMap(({ name, endpoints }) => endpoints.map((endpoint) => ({ name, endpoint })))
  const value = fc.stringMatching(/^[A-Z]{2}[0-9a-f]{32}$/)
  fc.assert(
    fc.property(fc.constantFrom(...all), value, ({ name, endpoint: { method, host, path } }, sid) => {
      expect(matcher.find(method, host, path.replaceAll(/\{\w+\}/g, sid))?.scopes).toContain(name)
    }),
    { numRuns: 2000 },
  )
})
