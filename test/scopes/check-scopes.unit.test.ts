import { describe, expect, test } from 'vitest'
import { builtInCatalogue, checkScopes, createCatalogue } from '../../src/scopes/index.ts'
import { acme } from './own-catalogue.ts'

const catalogue = builtInCatalogue('localhost')
const names = catalogue.scopes.map(({ name }) => name)
const [first = '', second = ''] = names

test('100 scopes are allowed, and none', () => {
  expect(checkScopes(catalogue, names.slice(0, 100))).toEqual([])
  expect(checkScopes(catalogue, [])).toEqual([])
})

test('101 are TOO_MANY_SCOPES', () => {
  expect(checkScopes(catalogue, names.slice(0, 101))).toEqual([
    { path: ['scopes'], code: 'TOO_MANY_SCOPES', message: 'An app has at most 100 scopes: these are 101.' },
  ])
})

test('each that is unknown or named again is told once, with its place', () => {
  expect(checkScopes(catalogue, [first, '/nowhere/x/y', second, first, '/nowhere/x/y'])).toEqual([
    { path: ['scopes', '1'], code: 'UNKNOWN_SCOPE', message: 'There is no scope /nowhere/x/y in the catalogue.' },
    { path: ['scopes', '3'], code: 'DUPLICATE', message: `The scope ${first} is named twice.` },
    { path: ['scopes', '4'], code: 'DUPLICATE', message: 'The scope /nowhere/x/y is named twice.' },
  ])
})

describe('UNKNOWN_SCOPE', () => {
  test.each([
    [`${first} `],
    [first.toUpperCase()],
    [first.slice(1)],
    ['/twilio/*'],
    ['/*'],
    ['/twilio/messaging*'],
    ['/twilio/messaging/m*'],
    ['/twilio/messaging/messages/create/*'],
    ['/twilio/messaging/*/create'],
    ['/twilio/messaging/**'],
    ['*'],
    [''],
    ['constructor'],
  ])('%j', (name) =>
    expect(checkScopes(catalogue, [name])).toMatchObject([{ path: ['scopes', '0'], code: 'UNKNOWN_SCOPE' }]),
  )
})

test('a scope that the catalogue has lost may stay where it is held, once', () => {
  expect(checkScopes(catalogue, ['/gone/x/read', first], ['/gone/x/read'])).toEqual([])
  expect(checkScopes(catalogue, ['/gone/x/read', '/gone/x/read'], ['/gone/x/read'])).toMatchObject([
    { path: ['scopes', '1'], code: 'DUPLICATE' },
  ])
})

test('of a thousand mistakes a hundred are told, and of a long name its beginning', () => {
  const errors = checkScopes(
    catalogue,
    Array.from({ length: 1000 }, (_, index) => `/nowhere/${index}`),
  )
  expect(errors).toHaveLength(100)
  expect(errors[0]?.code).toBe('TOO_MANY_SCOPES')
  expect(checkScopes(catalogue, ['x'.repeat(101)])[0]?.message).toBe(
    `There is no scope ${'x'.repeat(100)}… in the catalogue.`,
  )
})

test.each(['/twilio/messaging/*', '/twilio/messaging/messages/*', '/chatelaine/*', '/chatelaine/apps/*'])(
  'the wildcard %s is one scope, and goes with those that it covers',
  (wildcard) => {
    const covered = names.filter((name) => name.startsWith(wildcard.slice(0, -1))).slice(0, 99)
    expect(checkScopes(catalogue, [wildcard, ...covered])).toEqual([])
    expect(checkScopes(catalogue, [wildcard, wildcard])).toMatchObject([{ path: ['scopes', '1'], code: 'DUPLICATE' }])
  },
)

test('a namespace is no product, even where it has a single one', () => {
  const own = createCatalogue(acme, 'localhost')
  expect(checkScopes(own, ['/acme/store/*', '/acme/store/bolts/*'])).toEqual([])
  expect(checkScopes(own, ['/acme/*'])).toMatchObject([{ code: 'UNKNOWN_SCOPE' }])
})
