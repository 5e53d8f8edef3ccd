import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, inBoth, isHeld } from '../../src/scopes/index.ts'

describe('a wildcard', () => {
  test.each([
    ['/twilio/messaging/*', '/twilio/messaging/messages/create', true],
    ['/twilio/messaging/*', '/twilio/messaging/messages/*', true],
    ['/twilio/messaging/*', '/twilio/messaging/*', true],
    ['/twilio/messaging/services/*', '/twilio/messaging/services/list', true],
    ['/twilio/messaging/services/*', '/twilio/messaging/services.phone-numbers/list', false],
    ['/twilio/messaging/services/*', '/twilio/messaging/*', false],
    ['/twilio/messaging/*', '/twilio/messaging-x/messages/create', false],
    ['/twilio/messaging/messages/create', '/twilio/messaging/messages/create', true],
    ['/twilio/messaging/messages/create', '/twilio/messaging/messages/*', false],
  ])('%s covers %s: %j', (held, scope, expected) => {
    expect(covers(held, scope)).toBe(expected)
    expect(isHeld(['/x/y/z', held], scope)).toBe(expected)
  })
})

test('of a token and its app what both have is left: the narrower where one has a wildcard', () => {
  const all = ['/a/b/c', '/a/b/*', '/a/d/e']
  expect(inBoth(['/a/b/c', '/a/d/e'], ['/a/b/*'])).toEqual(['/a/b/c'])
  expect(inBoth(['/a/b/*'], ['/a/b/c', '/a/b/d', '/a/d/e'])).toEqual(['/a/b/c', '/a/b/d'])
  expect(inBoth(['/a/*', '/a/b/c'], ['/a/b/c'])).toEqual(['/a/b/c'])
  expect(inBoth(all, all)).toEqual(all)
  expect(inBoth(['/a/*'], [])).toEqual([])
})

test('what is left opens exactly what both open', () => {
  const part = fc.constantFrom('a', 'b')
  const plain = fc.tuple(part, part, part).map((parts) => `/${parts.join('/')}`)
  const wildcard = fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => `/${parts.join('/')}/*`)
  const scopes = fc.uniqueArray(fc.oneof(plain, wildcard), { maxLength: 6 })
  fc.assert(
    fc.property(scopes, scopes, plain, (one, other, scope) => {
      expect(isHeld(inBoth(one, other), scope)).toBe(isHeld(one, scope) && isHeld(other, scope))
    }),
  )
})
