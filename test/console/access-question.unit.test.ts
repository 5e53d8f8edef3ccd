import { partsOfPath, withoutQuery } from '../../src/console/access/question.ts'
import { expect, test } from '../support/index.ts'

test.for([
  ['https://api.example.com/a?token=secret', 'https://api.example.com/a'],
  ['  https://api.example.com/a#part?x ', 'https://api.example.com/a'],
  ['https://api.example.com/a?b#c?d\nline', 'https://api.example.com/a'],
  ['https://api.example.com/a/%3Fnot-a-query', 'https://api.example.com/a/%3Fnot-a-query'],
  ['?', ''],
] as const)('of %j the address keeps %j', ([typed, kept]) => {
  expect(withoutQuery(typed)).toBe(kept)
})

test('the templates of a path stand apart, and nothing of it is lost', () => {
  const path = '/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json'
  expect(partsOfPath(path)).toEqual([
    { text: '/2010-04-01/Accounts/', template: false },
    { text: '{AccountSid}', template: true },
    { text: '/Messages/', template: false },
    { text: '{Sid}', template: true },
    { text: '.json', template: false },
  ])
  expect(partsOfPath('')).toEqual([])
})
