import { byResource, type MappedScope, type Product, searchMapping } from '../../src/console/scopes/mapping.ts'
import { expect, test } from '../support/index.ts'

function scope(name: string, title: string, call: string): MappedScope {
  const [method = '', host = '', path = ''] = call.split(' ')
  const resource = name.split('/').at(-2) ?? ''
  return { id: name, name, title, resource, endpoints: [{ method, host, path }] }
}
const messages = scope('/twilio/messaging/messages/create', 'Create messages', 'POST api.twilio.com /Messages.json')
const media = scope('/twilio/messaging/media/list', 'List media', 'GET api.twilio.com /Media.json')
const calls = scope('/twilio/voice/calls/create', 'Create calls', 'POST api.twilio.com /Calls.json')
const messaging: Product = { id: '1', name: 'messaging', title: 'Messaging', scopes: [messages, media] }
const voice: Product = { id: '2', name: 'voice', title: 'Voice', scopes: [calls] }
const found = (search: string) => searchMapping([messaging, voice], search).flatMap(({ scopes }) => scopes)

test('a search finds by name, title, endpoint and product, in any case', () => {
  expect(found('MESSAGES/create')).toEqual([messages])
  expect(found('list MEDIA')).toEqual([media])
  expect(found('/Calls.json')).toEqual([calls])
  expect(found('Voice')).toEqual([calls])
})

test('every word has to be there, in whatever order', () => {
  expect(found('post create')).toEqual([messages, calls])
  expect(found('json get twilio')).toEqual([media])
  expect(found('post media')).toEqual([])
})

test('no words leave everything, and a product without a match is left out', () => {
  expect(searchMapping([messaging, voice], '  ')).toEqual([messaging, voice])
  expect(searchMapping([messaging, voice], 'calls')).toEqual([voice])
})

test('the scopes of one resource stand together', () => {
  expect(byResource([messages, media, { ...messages, id: 'again' }])).toEqual([
    { resource: 'messages', scopes: [messages, { ...messages, id: 'again' }] },
    { resource: 'media', scopes: [media] },
  ])
})
