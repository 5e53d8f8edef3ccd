import { describe, expect, test } from 'vitest'
import { builtInCatalogue, createCatalogue, describeUnknownScope, type Scope } from '../../src/scopes/index.ts'

const catalogue = builtInCatalogue('auth.example.com')
const endpointsOf = (scopes: readonly Scope[]) => scopes.flatMap((scope) => scope.endpoints)

test('the built-in catalogue has 14 products, 788 scopes and 802 endpoints, and 13 scopes of our own', () => {
  const [others, own] = [
    catalogue.scopes.filter(({ product }) => product !== 'chatelaine'),
    catalogue.ofProduct('chatelaine'),
  ]
  expect(catalogue.products).toHaveLength(14 + 1)
  expect(others).toHaveLength(788)
  expect(endpointsOf(others)).toHaveLength(802)
  expect(own.map(({ name }) => name)).toEqual([
    '/chatelaine/apps/list',
    '/chatelaine/apps/read',
    '/chatelaine/apps/create',
    '/chatelaine/apps/update',
    '/chatelaine/apps/delete',
    '/chatelaine/apps/rotate-secret',
    '/chatelaine/apps.self/rotate-secret',
    '/chatelaine/audit/read',
    '/chatelaine/members/list',
    '/chatelaine/members/create',
    '/chatelaine/members/update',
    '/chatelaine/members/delete',
    '/chatelaine/tokens/introspect',
  ])
})

test('every scope is named once, opens something, and belongs to a product of the catalogue', () => {
  expect(new Set(catalogue.scopes.map(({ name }) => name)).size).toBe(catalogue.scopes.length)
  for (const scope of catalogue.scopes) {
    expect(scope.endpoints, scope.name).not.toHaveLength(0)
    expect(catalogue.product(scope.product), scope.name).not.toBeNull()
    expect(scope.name.endsWith(`/${scope.product}/${scope.resource}/${scope.action}`), scope.name).toBe(true)
    expect(catalogue.scope(scope.name)).toBe(scope)
  }
  expect(catalogue.products.flatMap(({ name }) => catalogue.ofProduct(name))).toHaveLength(catalogue.scopes.length)
})

test('our own scopes open this instance', () => {
  expect(catalogue.scope('/chatelaine/apps.self/rotate-secret')).toEqual({
    name: '/chatelaine/apps.self/rotate-secret',
    title: 'Rotate secret apps self',
    product: 'chatelaine',
    resource: 'apps.self',
    action: 'rotate-secret',
    endpoints: [{ method: 'POST', host: 'auth.example.com', path: '/graphql' }],
  })
  expect(catalogue.scope('/chatelaine/tokens/introspect')?.endpoints).toEqual([
    { method: 'POST', host: 'auth.example.com', path: '/oauth/introspect' },
  ])
  expect(catalogue.product('chatelaine')).toEqual({ name: 'chatelaine', title: 'Chatelaine' })
})

describe('what a catalogue does not have', () => {
  test('is null, or nothing of a product', () => {
    const small = createCatalogue({ products: [], scopes: [] }, 'h')
    expect(small.product('twilio')).toBeNull()
    expect(small.scope('toString')).toBeNull()
    expect(small.ofProduct('__proto__')).toEqual([])
  })

  test.each([
    ['/twilio/messaging/services.phone-numbers/list', 'services.phone-numbers', 'list', 'List services phone numbers'],
    ['/gone/read', 'gone', 'read', 'Read gone'],
    ['solo', 'solo', 'solo', 'Solo solo'],
    ['', '', '', ' '],
  ])('can still be shown by its name: %j', (name, resource, action, title) => {
    expect(describeUnknownScope(name)).toEqual({ name, title, product: null, resource, action, endpoints: [] })
  })
})
