import { describe, expect, test } from 'vitest'
import { type AuditEvent, describeEvent, eventNames } from '../../src/audit/index.ts'

const event: AuditEvent = {
  id: '0199b2c6-0033-7000-8000-000000000003',
  accountId: '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c01',
  sequence: 3,
  type: 'APP_CREATED',
  occurredAt: new Date('2026-11-23T18:01:00.000Z'),
  actor: { type: 'USER', id: '0199b2c4-7a10-7c3e-9f42-5d1e8a6b3c02', name: 'ada@example.com' },
  appId: '0199b2c4-9d55-7b12-8c07-11d2e3f40511',
  resourceType: 'App',
  resourceId: '0199b2c4-9d55-7b12-8c07-11d2e3f40511',
  resourceName: 'Billing',
  changes: [],
  gracePeriod: null,
  graceStarts: null,
  secretId: null,
  secretHint: null,
  secretExpiresAt: null,
  attempts: null,
  source: 'CONSOLE',
  sourceIp: '203.0.113.7',
  userAgent: null,
  requestId: null,
  hash: '',
}
const change = (field: string, after: string) => ({ field, before: null, after })
const key = { id: 'x', kid: '2026-11', algorithm: 'ES256', thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }
const end = new Date('2026-11-30T18:01:00.000Z')

describe('an event is one sentence', () => {
  const sentences: [Partial<AuditEvent>, string][] = [
    [{ type: 'APP_CREATED' }, 'ada@example.com created Billing'],
    [{ type: 'APP_UPDATED', changes: [change('name', 'Billing')] }, 'ada@example.com changed the name of Billing'],
    [
      { type: 'APP_UPDATED', changes: [change('tokenLifetime', 'PT1H'), change('scopes', ''), change('status', '')] },
      'ada@example.com changed the token lifetime, the scopes and the status of Billing',
    ],
    [{ type: 'APP_UPDATED', changes: [change('colour', 'red')] }, 'ada@example.com changed colour of Billing'],
    [{ type: 'APP_DELETED', resourceName: null }, `ada@example.com deleted ${event.resourceId}`],
    [
      { type: 'SECRET_ROTATED', gracePeriod: 604_800, secretExpiresAt: end },
      'ada@example.com rotated the secret of Billing; the one before works until 2026-11-30 18:01 UTC (P7D)',
    ],
    [
      { type: 'SECRET_ROTATED', gracePeriod: 0, secretExpiresAt: event.occurredAt },
      'ada@example.com rotated the secret of Billing; the ones before ended at once',
    ],
    [
      { type: 'SECRET_ROTATED', gracePeriod: 0, graceStarts: 'FIRST_USE', secretExpiresAt: end },
      'ada@example.com rotated the secret of Billing; the one before works until PT0S after the first use of the new one, 2026-11-30 18:01 UTC at the latest',
    ],
    [
      { type: 'SECRET_ROTATION_UNDONE', secretHint: 'x7Qa' },
      'ada@example.com took back the rotation of the secret of Billing; the secret …x7Qa ended at once',
    ],
    [{ type: 'SECRET_DISABLED', secretHint: 'x7Qa' }, 'ada@example.com switched off the secret …x7Qa of Billing'],
    [{ type: 'SECRET_ENABLED', secretHint: 'x7Qa' }, 'ada@example.com switched on the secret …x7Qa of Billing'],
    [{ type: 'SECRET_EXPIRED', secretHint: 'x7Qa' }, 'the grace period of the secret …x7Qa of Billing ended'],
    [
      { type: 'SECRET_GRACE_STARTED', secretHint: 'x7Qa', secretExpiresAt: end },
      'ada@example.com used a newer secret; the secret …x7Qa of Billing works until 2026-11-30 18:01 UTC',
    ],
    [{ type: 'TOKEN_REVOKED' }, 'ada@example.com ended one of its access tokens'],
    [{ type: 'TOKENS_REVOKED' }, 'ada@example.com ended all access tokens of Billing'],
    [
      { type: 'KEY_ADDED', changes: [{ field: 'key', before: null, after: key }] },
      'ada@example.com gave Billing the ES256 key 2026-11',
    ],
    [
      { type: 'KEY_REMOVED', changes: [{ field: 'key', before: { ...key, kid: null }, after: null }] },
      'ada@example.com took the ES256 key NzbLsXh8… from Billing',
    ],
    [{ type: 'SECRET_REVOKED', secretHint: 'x7Qa' }, 'ada@example.com ended the secret …x7Qa of Billing'],
    [
      { type: 'MEMBER_ADDED', resourceName: 'bob@example.com', changes: [change('role', 'AUDITOR')] },
      'ada@example.com added bob@example.com as AUDITOR',
    ],
    [
      { type: 'MEMBER_INVITED', resourceName: 'bob@example.com', changes: [change('role', 'AUDITOR')] },
      'ada@example.com invited bob@example.com as AUDITOR',
    ],
    [{ type: 'MEMBER_REMOVED', resourceName: 'bob@example.com' }, 'ada@example.com removed bob@example.com'],
    [{ type: 'SIGN_IN_FAILED', attempts: 1 }, 'One attempt to sign in as ada@example.com failed'],
    [{ type: 'SIGN_IN_FAILED', attempts: 5 }, '5 attempts to sign in as ada@example.com failed'],
    [{ type: 'ACCOUNT_UPDATED', resourceName: 'Acme' }, 'ada@example.com renamed the account to Acme'],
    [{ type: 'SIGNED_IN' }, 'ada@example.com signed in'],
    [{ type: 'SIGNED_OUT' }, 'ada@example.com signed out'],
    [{ type: 'ACCOUNT_CREATED', resourceName: 'Acme' }, 'ada@example.com created the account Acme'],
  ]
  test.each(sentences)('%o', (members, sentence) => expect(describeEvent({ ...event, ...members })).toBe(sentence))
})

test('no type of event is without a sentence', () => {
  for (const type of Object.keys(eventNames) as (keyof typeof eventNames)[])
    expect(describeEvent({ ...event, type }), type).toMatch(/ada@example\.com|Billing/)
})

test('every type has a name of its own on the wire', () => {
  const names = Object.values(eventNames)
  expect(new Set(names).size).toBe(27)
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/)
})
