import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  currentKey,
  rotated,
  type ScheduledKey,
  type SigningSettings,
  schedule,
  type TokenAlgorithm,
  without,
  withSettings,
} from '../../src/keys/signing-schedule.ts'

const DAY = 86_400
const START = new Date('2026-11-24T12:00:00Z')
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000)
const every30Days: SigningSettings = { algorithm: 'ES256', rotation: 30 * DAY }

/** How many days after the start each of them signs from and verifies until. */
const daysOf = (keys: ScheduledKey[]) =>
  keys.map(({ algorithm, signsFrom, verifiesUntil }) => ({
    algorithm,
    signsFrom: (signsFrom.getTime() - START.getTime()) / DAY / 1000,
    verifiesUntil: verifiesUntil && (verifiesUntil.getTime() - START.getTime()) / DAY / 1000,
  }))
const HOUR = 1 / 24
const es256 = (signsFrom: number, verifiesUntil: number | null = null) => ({
  algorithm: 'ES256',
  signsFrom,
  verifiesUntil,
})

test('at the first start one key signs, and the next is published', () => {
  expect(daysOf(schedule([], START, every30Days))).toEqual([es256(0), es256(30)])
})

test('what is as it should be stays as it is, to the instant at which the next key takes over', () => {
  const keys = schedule([], START, every30Days)
  for (const seconds of [0, 1, 29 * DAY, 30 * DAY - 1])
    expect(schedule(keys, later(seconds), every30Days)).toEqual(keys)
  expect(currentKey(keys, later(30 * DAY - 1))).toBe(keys[0])
  expect(currentKey(keys, later(30 * DAY))).toBe(keys[1])
})

test('once the next key has taken over, another is published, and the one before verifies for 30 days and an hour', () => {
  const keys = schedule(schedule([], START, every30Days), later(30 * DAY), every30Days)
  expect(daysOf(keys)).toEqual([es256(0, 60 + HOUR), es256(30), es256(60)])
  expect(schedule(keys, later(60 * DAY - 1), every30Days)).toEqual(keys)
  const after60 = schedule(keys, later(60 * DAY), every30Days)
  expect(daysOf(after60)).toEqual([es256(0, 60 + HOUR), es256(30, 90 + HOUR), es256(60), es256(90)])
  expect(daysOf(schedule(after60, later((60 + HOUR) * DAY), every30Days))).toEqual([
    es256(30, 90 + HOUR),
    es256(60),
    es256(90),
  ])
})

test('after a long stop the next key is published for a day before it signs, however old the current one is', () => {
  const keys = schedule(schedule([], START, every30Days), later(100 * DAY), every30Days)
  expect(daysOf(keys)).toEqual([es256(0, 60 + HOUR), es256(30), es256(101)].slice(1))
})

describe('other settings at a start', () => {
  const keys = schedule([], START, every30Days)

  test('a shorter KEY_ROTATION brings the next key forward, never to before now', () => {
    const weekly = { ...every30Days, rotation: 7 * DAY }
    expect(daysOf(withSettings(keys, later(DAY), weekly))).toEqual([es256(0), es256(7)])
    expect(daysOf(withSettings(keys, later(20 * DAY), weekly))).toEqual([es256(0, 50 + HOUR), es256(20), es256(27)])
  })

  test('a longer one puts it off', () => {
    expect(daysOf(withSettings(keys, later(DAY), { ...every30Days, rotation: 90 * DAY }))).toEqual([
      es256(0),
      es256(90),
    ])
  })

  test('another TOKEN_ALGORITHM exchanges the next key for one that takes over in a day, and stays at that', () => {
    const eddsa: SigningSettings = { ...every30Days, algorithm: 'EdDSA' }
    const changed = withSettings(keys, later(10 * DAY), eddsa)
    const exchanged = [es256(0), { ...es256(11), algorithm: 'EdDSA' }]
    expect(daysOf(changed)).toEqual(exchanged)
    expect(withSettings(changed, later(10.5 * DAY), eddsa)).toEqual(changed)
    expect(daysOf(withSettings(changed, later(11 * DAY), eddsa))).toEqual([
      es256(0, 41 + HOUR),
      { ...es256(11), algorithm: 'EdDSA' },
      { ...es256(41), algorithm: 'EdDSA' },
    ])
  })

  test('a key whose turn is within a minute is left alone: a gateway may sign with it any moment', () => {
    const eddsa: SigningSettings = { ...every30Days, algorithm: 'EdDSA' }
    expect(withSettings(keys, later(30 * DAY - 30), eddsa)).toEqual(keys)
  })
})

describe('by hand', () => {
  const keys = schedule([], START, every30Days)

  test('a rotation: the next key takes over now, another is published, tokens of the one before hold', () => {
    const after = rotated(keys, later(5 * DAY), every30Days)
    expect(daysOf(after)).toEqual([es256(0, 35 + HOUR), es256(5), es256(35)])
    expect(after.slice(0, 2).map(({ id }) => id)).toEqual(keys.map(({ id }) => id))
  })

  test('the revocation of the current key: it is gone, the next takes over now', () => {
    const [current, next] = keys
    const after = without(current?.id ?? '', keys, later(5 * DAY), every30Days)
    expect(daysOf(after)).toEqual([es256(5), es256(35)])
    expect(after[0]?.id).toBe(next?.id)
  })

  test('the revocation of the next key: another takes its place', () => {
    const after = without(keys[1]?.id ?? '', keys, later(29.5 * DAY), every30Days)
    expect(daysOf(after)).toEqual([es256(0), es256(30.5)])
  })

  test('the revocation of a key that signs no more: it is gone, and that is all', () => {
    const three = rotated(keys, later(5 * DAY), every30Days)
    expect(without(three[0]?.id ?? '', three, later(6 * DAY), every30Days)).toEqual(three.slice(1))
  })
})

/** What a run of many starts, hours and hands shows: each step sees the keys, and may sign. */
type Step = { hours: number; what: 'look' | 'start' | 'rotate'; algorithm: TokenAlgorithm; rotationDays: number }
const step = fc.record<Step>({
  hours: fc.integer({ min: 1, max: 24 * 40 }),
  what: fc.constantFrom('look', 'look', 'look', 'start', 'rotate'),
  algorithm: fc.constantFrom('ES256', 'EdDSA', 'RS256'),
  rotationDays: fc.integer({ min: 2, max: 60 }),
})

test('whatever happens: one current and one next key, published a day before use, kept until its last token has ended', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      let now = 0
      let keys = schedule([], START, every30Days)
      const byHand = new Set(keys.slice(0, 1).map(({ id }) => id))
      const lastTokenEnds = new Map<string, Date>()
      for (const { hours, what, algorithm, rotationDays } of steps) {
        const before = currentKey(keys, later(now))
        now += hours * 3600
        const settings = { algorithm, rotation: rotationDays * DAY }
        // Until this moment whoever's turn it was has signed, for 30 days.
        const until = currentKey(keys, later(now))
        if (before)
          lastTokenEnds.set(before.id, until === before ? later(now + 30 * DAY) : addDays(until?.signsFrom, 30))
        if (until) lastTokenEnds.set(until.id, later(now + 30 * DAY))
        const old = keys
        if (what === 'rotate') keys = rotated(keys, later(now), settings)
        else keys = (what === 'start' ? withSettings : schedule)(keys, later(now), settings)
        const current = currentKey(keys, later(now))
        if (what === 'rotate' && current) byHand.add(current.id)
        expect(current).not.toBeNull()
        expect(keys.filter(({ signsFrom }) => signsFrom > later(now))).toHaveLength(1)
        for (const { id, createdAt, signsFrom } of keys)
          if (!byHand.has(id)) expect(signsFrom.getTime() - createdAt.getTime()).toBeGreaterThanOrEqual(DAY * 1000)
        for (const gone of old.filter(({ id }) => !keys.some((key) => key.id === id)))
          expect((lastTokenEnds.get(gone.id) ?? new Date(0)).getTime()).toBeLessThan(later(now).getTime())
      }
    }),
    { numRuns: 500 },
  )
})

function addDays(instant: Date | undefined, days: number): Date {
  return new Date((instant?.getTime() ?? 0) + days * DAY * 1000)
}
