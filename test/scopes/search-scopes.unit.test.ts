import { expect, test } from 'vitest'
import { createCatalogue, searchScopes } from '../../src/scopes/index.ts'

const scope = (name: string, host: string, method = 'GET') => {
  const [product = '', resource = '', action = ''] = name.split('/').slice(2)
  return { name, product, resource, action, endpoints: [{ method, host, path: `/v1/${resource}/{id}` }] }
}
const catalogue = createCatalogue(
  {
    products: [
      { name: 'calls', title: 'Calls' },
      { name: 'texts', title: 'Texts' },
    ],
    scopes: [
      scope('/acme/calls/recordings/list', 'voice.example.com'),
      scope('/acme/calls/phone-numbers/delete', 'voice.example.com', 'DELETE'),
      scope('/acme/texts/messages/list', 'text.example.com'),
    ],
  },
  'localhost',
)
const found = (search: string | null, product: string | null = null) =>
  searchScopes(catalogue, search, product).map(({ name }) => name)

test('no text, or a blank one, finds all', () => {
  expect(searchScopes(catalogue, null, null)).toEqual(catalogue.scopes)
  expect(searchScopes(catalogue, ' \n', null)).toEqual(catalogue.scopes)
})

test('a text is found in names, titles and endpoints, in any case and with spaces around it', () => {
  expect(found(' RECORDings ')).toEqual(['/acme/calls/recordings/list'])
  expect(found('delete phone numbers')).toEqual(['/acme/calls/phone-numbers/delete'])
  expect(found('delete voice.example.com/v1/phone')).toEqual(['/acme/calls/phone-numbers/delete'])
  expect(found('text.example')).toEqual(['/acme/texts/messages/list'])
  expect(found('/oauth/INTROSPECT')).toEqual(['/chatelaine/tokens/introspect'])
})

test('a text is no pattern', () => {
  expect(found('.*')).toEqual([])
  expect(found('%')).toEqual([])
})

test('a product bounds what is found, and an unknown one finds nothing', () => {
  expect(found(null, 'texts')).toEqual(['/acme/texts/messages/list'])
  expect(found('list', 'calls')).toEqual(['/acme/calls/recordings/list'])
  expect(found('list', 'fax')).toEqual([])
})
