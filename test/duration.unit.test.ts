import { check, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../src/duration.ts'

const DAY = 86_400

describe('a length of time is read', () => {
  test.each([
    ['PT0S', 0],
    ['PT30M', 1800],
    ['PT1H', 3600],
    ['PT90S', 90],
    ['P7D', 7 * DAY],
    ['P1W', 7 * DAY],
    ['P1W1D', 8 * DAY],
    ['P1DT1S', DAY + 1],
    ['P0D', 0],
    ['PT0H0M0S', 0],
    ['P1WT1H30M', 7 * DAY + 5400],
    ['P2592000DT1S', 2_592_000 * DAY + 1],
  ])('%s is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))
})

describe('what is no length of time in whole seconds is refused', () => {
  test.each([
    ['', 'nothing'],
    ['P', 'no part'],
    ['PT', 'no part'],
    ['P1DT', 'no part after T'],
    ['-PT1H', 'a sign'],
    ['+PT1H', 'a sign'],
    ['PT-1H', 'a sign'],
    ['PT1.5H', 'a fraction'],
    ['PT1,5H', 'a fraction'],
    ['P1Y', 'years'],
    ['P1M', 'months'],
    ['p1d', 'lower case'],
    ['PT1h', 'lower case'],
    ['PT1S1H', 'another order'],
    ['P1D1W', 'another order'],
    ['PT1H ', 'a space'],
    ['PT1H\n', 'a line end'],
    ['PT1H1H', 'a part twice'],
    ['1H', 'no P'],
    ['P1H', 'no T'],
    ['PT٣H', 'digits of another script'],
    ['3600', 'a number'],
    ['P1DT000000000001', 'no unit'],
    ['PT00000000000001S', 'more than 15 characters'],
  ])('%j: %s', (text) => expect(parseDuration(text)).toBeNull())

  test('15 characters are the most', () => {
    expect(parseDuration('PT000000000001S')).toBe(1)
    expect(parseDuration('PT0000000000001S')).toBeNull()
  })
})

describe('a length of time is written as short as can be, and never in weeks', () => {
  test.each([
    [0, 'PT0S'],
    [1, 'PT1S'],
    [60, 'PT1M'],
    [3600, 'PT1H'],
    [5400, 'PT1H30M'],
    [DAY, 'P1D'],
    [7 * DAY, 'P7D'],
    [DAY + 1, 'P1DT1S'],
    [30 * DAY, 'P30D'],
    [DAY + 3600 + 60 + 1, 'P1DT1H1M1S'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  test('what is written is read back as the same', () => {
    const readBack = property(
      integer({ min: 0, max: 400 * DAY }),
      (total) => parseDuration(formatDuration(total)) === total,
    )
    expect(check(readBack)).toMatchObject({ failed: false, counterexample: null })
  })
})
