import { check, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDisplayName, checkEmail, checkPassword, normalEmail } from '../../src/accounts/person.ts'

const codesOf = (errors: { code: string }[]) => errors.map(({ code }) => code)

describe('one e-mail address has one spelling', () => {
  test.for([
    ['  Ada@Example.COM\t', 'ada@example.com', 'spaces around it and its case do not count'],
    ['ADMIN@LOCALHOST', 'admin@localhost', 'a host without a dot is one'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com', 'composed, however it was typed (NFC)'],
    ['ada@ex\u00e4mple.com', 'ada@xn--exmple-cua.com', 'an international host in its ASCII form'],
    ['ada@exa\u0308mple.com', 'ada@xn--exmple-cua.com', 'also decomposed'],
    ['ada@XN--EXMPLE-CUA.com', 'ada@xn--exmple-cua.com', 'which is the same as typed so'],
    ['ada@example\u3002com', 'ada@example.com', 'an ideographic full stop is a dot (UTS #46)'],
    ['ada@\uff45xample.com', 'ada@example.com', 'full-width letters are letters'],
    ['ada@exam\u00adple.com', 'ada@example.com', 'a soft hyphen in a host is nothing'],
    ['\u212aate@example.com', 'kate@example.com', 'the Kelvin sign is a k'],
    ['ada@ex\u0430mple.com', 'ada@xn--exmple-4nf.com', 'a Cyrillic a is another letter, and shows'],
  ] as const)('%j is %j: %s', ([given, stored]) => {
    expect(normalEmail(given)).toBe(stored)
    expect(checkEmail(stored)).toEqual([])
  })

  test('what is normal stays as it is', () => {
    const text = string({
      unit: constantFrom(...'aAßÄ.-_\u0308\u212aİΣσς\u3002\uff45\u0430\u00ad\u200dא', '\u{1f511}', 'xn--', ' '),
    })
    const stays = property(text, text, (name, host) => {
      const normal = normalEmail(`${name}@${host}`)
      return normalEmail(normal) === normal
    })
    expect(check(stays, { numRuns: 5000 })).toMatchObject({ failed: false })
  })
})

describe('no e-mail address', () => {
  test.for([
    'ada',
    '@example.com',
    'ada@',
    'ada@@example.com',
    'ada@example.com@example.com',
    'a da@example.com',
    'ada@exam ple.com',
    'ada\u0007@example.com',
    'ada\u0000@example.com',
    'ada\u200b@example.com', // zero-width space: looks like ada@example.com
    'ada\u202e@example.com', // turns what follows around
    'ada\u2028@example.com',
    'ada\ud800@example.com',
    'ada@exam\ud800ple.com',
    '<ada>@example.com',
    '<img/src=x>@example.com',
    '"ada"@example.com',
    'ada,eve@example.com',
    'ada@example.com.',
    'ada@example..com',
    'ada@-example.com',
    `ada@${'x'.repeat(64)}.com`,
    'ada@127.0.0.1',
    'ada@127.1',
    'ada@[127.0.0.1]',
    'ada@example.com/path',
    'ada@example.com:25',
    'ada@exa%6dple.com',
  ])('%j', (given) => {
    expect(codesOf(checkEmail(normalEmail(given)))).toEqual(['INVALID_FORMAT'])
  })

  test('an address has at most 254 code points, in the form in which it is stored', () => {
    const host = '@example.com'
    expect(checkEmail(`${'x'.repeat(254 - host.length)}${host}`)).toEqual([])
    expect(checkEmail(`${'\u{1f511}'.repeat(254 - host.length)}${host}`)).toEqual([])
    expect(codesOf(checkEmail(`${'x'.repeat(255 - host.length)}${host}`))).toEqual(['TOO_LONG'])
    const long = `ada@${'\u00e4.'.repeat(60)}com` // 127 as typed
    expect(codesOf(checkEmail(normalEmail(long)))).toEqual(['TOO_LONG'])
  })
})

test('a name has 1 to 100 code points and no control characters; all else is kept as it came', () => {
  for (const name of [
    'x',
    '\u{1f469}\u200d\u{1f52c}',
    '\u202eabc',
    'e\u0301',
    '<img onerror>',
    '\u{1f511}'.repeat(100),
  ])
    expect(checkDisplayName(name)).toEqual([])
  expect(codesOf(checkDisplayName(''))).toEqual(['TOO_SHORT'])
  expect(codesOf(checkDisplayName('\u{1f511}'.repeat(101)))).toEqual(['TOO_LONG'])
  for (const name of ['a\nb', 'a\u0000b', 'a\u0085b', 'a\ud800'])
    expect(codesOf(checkDisplayName(name))).toEqual(['INVALID_FORMAT'])
})

test('a password has 12 to 1,024 code points, of any kind', () => {
  for (const character of ['x', ' ', '\u{1f511}', '\u0007']) {
    expect(checkPassword(character.repeat(12))).toEqual([])
    expect(checkPassword(character.repeat(1024))).toEqual([])
    expect(codesOf(checkPassword(character.repeat(11)))).toEqual(['TOO_SHORT'])
    expect(codesOf(checkPassword(character.repeat(1025)))).toEqual(['TOO_LONG'])
  }
})
