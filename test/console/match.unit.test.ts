import { isOpen, matches } from '../../src/console/live/match.ts'
import { expect, test } from '../support/index.ts'

const event = {
  type: 'SECRET_ROTATED' as const,
  resourceType: 'App',
  resourceId: 'QXBwOjE=',
  actorId: 'VXNlcjox',
  sourceIp: '10.0.0.1',
  occurredAt: '2026-11-24T14:02:11.000Z',
}

test.for([
  [{}, true],
  [{ types: [] }, true],
  [{ types: ['APP_CREATED', 'SECRET_ROTATED'] }, true],
  [{ types: ['APP_CREATED'] }, false],
  [{ appId: 'QXBwOjE=' }, true],
  [{ appId: 'QXBwOjI=' }, false],
  [{ actorId: 'VXNlcjox' }, true],
  [{ actorId: 'VXNlcjoy' }, false],
  [{ sourceIp: '10.0.0.1' }, true],
  [{ sourceIp: '10.0.0' }, false],
  [{ from: '2026-11-24T14:02:11Z' }, true],
  [{ from: '2026-11-24T14:02:11.001Z' }, false],
  [{ to: '2026-11-24T14:02:11Z' }, false],
  [{ to: '2026-11-24T14:02:12Z' }, true],
  [{ appId: 'QXBwOjE=', actorId: 'VXNlcjoy' }, false],
] as const)('an event under %j: %s', ([filter, matched]) => {
  expect(matches(event, filter)).toBe(matched)
})

test('an event about something else than the app is not its own, whatever its id', () => {
  expect(matches({ ...event, resourceType: 'Member' }, { appId: event.resourceId })).toBe(false)
})

test('a filter without a condition is open', () => {
  expect(isOpen({ appId: undefined })).toBe(true)
  expect(isOpen({ types: ['APP_CREATED'] })).toBe(false)
})
