import { type CreateApp, createApp } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, describe, expect, memberOf, peek, type TestInstance, test } from '../support/index.ts'

const valid: CreateApp = { name: 'Billing', scopes: [] }
const listServices = '/twilio/messaging/services/list'

async function mistakesIn(db: Database, owner: Caller, input: Partial<CreateApp>, instance: TestInstance) {
  const result = await createApp(db, owner, { ...valid, ...input }, instance)
  return result.ok ? [] : result.errors.map(({ path, code }) => [code, ...path].join(' '))
}

async function expectNothingWritten(db: Database, owner: Caller) {
  const account = `where account_id = '${owner.accountId}'`
  expect(await peek(db, `select id from apps ${account} union all select id from secrets ${account}`)).toEqual([])
  expect(await allEvents(db, owner)).toEqual([])
}

describe('one mistake is refused with its code and path, and nothing is written', () => {
  const mistakes: [string, Partial<CreateApp>, string][] = [
    ['an empty name', { name: '' }, 'TOO_SHORT name'],
    ['a blank name', { name: ' \t\n\u00a0' }, 'TOO_SHORT name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'TOO_LONG name'],
    ['a name of 101 emoji', { name: '👩'.repeat(101) }, 'TOO_LONG name'],
    ['a line end in a name', { name: 'a\nb' }, 'INVALID_FORMAT name'],
    ['a NUL in a name', { name: 'a\0b' }, 'INVALID_FORMAT name'],
    ['a C1 control character in a name', { name: 'a\u0085b' }, 'INVALID_FORMAT name'],
    ['half a surrogate pair in a name', { name: 'a\ud83db' }, 'INVALID_FORMAT name'],
    ['a description of 1,001 characters', { description: 'x'.repeat(1001) }, 'TOO_LONG description'],
    ['a NUL in a description', { description: 'a\0b' }, 'INVALID_FORMAT description'],
    ['half a surrogate pair in a description', { description: '\udead' }, 'INVALID_FORMAT description'],
    ['a lifetime of 59 seconds', { tokenLifetime: 59 }, 'OUT_OF_RANGE tokenLifetime'],
    ['a lifetime of 0', { tokenLifetime: 0 }, 'OUT_OF_RANGE tokenLifetime'],
    ['a lifetime over 30 days', { tokenLifetime: 2_592_001 }, 'OUT_OF_RANGE tokenLifetime'],
    ['an unknown scope', { scopes: [listServices, '/twilio/messaging/nothing/list'] }, 'UNKNOWN_SCOPE scopes 1'],
    ['a wildcard over several products', { scopes: ['/twilio/*'] }, 'UNKNOWN_SCOPE scopes 0'],
    ['a scope named twice', { scopes: [listServices, listServices] }, 'DUPLICATE scopes 1'],
  ]
  test.for(mistakes)('%s', async ([, input, mistake], { db, owner, instance }) => {
    expect(await mistakesIn(db, owner, input, instance)).toEqual([mistake])
    await expectNothingWritten(db, owner)
  })

  test('101 scopes', async ({ db, owner, instance }) => {
    const scopes = instance.catalogue.scopes.slice(0, 101).map(({ name }) => name)
    expect(await mistakesIn(db, owner, { scopes }, instance)).toEqual(['TOO_MANY_SCOPES scopes'])
    await expectNothingWritten(db, owner)
  })
})

test('all mistakes are told at once', async ({ db, owner, instance }) => {
  const scopes = ['/nowhere/x', ...instance.catalogue.scopes.slice(0, 100).map(({ name }) => name), listServices]
  const input = { name: '', description: 'x'.repeat(1001), tokenLifetime: 1, scopes }
  expect(await createApp(db, owner, input, instance)).toEqual({
    ok: false,
    errors: [
      { path: ['name'], code: 'TOO_SHORT', message: 'A name has at least one character.' },
      {
        path: ['description'],
        code: 'TOO_LONG',
        message: 'A description has at most 1000 characters: this has 1001.',
      },
      { path: ['tokenLifetime'], code: 'OUT_OF_RANGE', message: 'A token lives 1 minute (PT1M) to 30 days (P30D).' },
      { path: ['scopes'], code: 'TOO_MANY_SCOPES', message: 'An app has at most 100 scopes: these are 102.' },
      { path: ['scopes', '0'], code: 'UNKNOWN_SCOPE', message: 'There is no scope /nowhere/x in the catalogue.' },
    ],
  })
  await expectNothingWritten(db, owner)
})

test('FORBIDDEN to an auditor, whatever the input', async ({ db, owner, instance }) => {
  const auditor = await memberOf(db, owner, 'AUDITOR')
  await expect(createApp(db, auditor, { name: '', scopes: [] }, instance)).rejects.toMatchObject({
    name: 'Fault',
    code: 'FORBIDDEN',
    message: 'This needs the permission apps/create.',
  })
  await expectNothingWritten(db, owner)
})
