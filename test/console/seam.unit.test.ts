import { above, append, prepend } from '../../src/console/live/seam.ts'
import { expect, test } from '../support/index.ts'

const event = (sequence: number) => ({ sequence, cursor: `c${sequence}` })
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_each, index) => event(from + index))

test('live events go on where the first page ended, and what both hold stands once', () => {
  const page = { events: events(11, 20), earlier: 'c11' }
  const joined = append(page, [...events(18, 20), ...events(21, 23)], 100)
  expect(joined).toEqual({ events: events(11, 23), earlier: 'c11' })
})

test('an event that comes twice, or late, is dropped', () => {
  const stretch = { events: events(1, 5), earlier: null }
  expect(append(stretch, [event(6), event(6), event(4), event(7)], 100).events).toEqual(events(1, 7))
  expect(append(stretch, events(1, 5), 100)).toBe(stretch)
})

test('an older page stands before, without what is held already', () => {
  const stretch = { events: events(11, 20), earlier: 'c11' }
  expect(prepend(stretch, { events: events(5, 12), earlier: 'c5' })).toEqual({ events: events(5, 20), earlier: 'c5' })
})

test('an older page that is empty, and not the last, moves on where it stopped', () => {
  const stretch = { events: [event(20)], earlier: 'c15' }
  expect(prepend(stretch, { events: [], earlier: 'c9' })).toEqual({ events: [event(20)], earlier: 'c9' })
})

test('an older page meets a stretch in which nothing matched yet', () => {
  expect(prepend({ events: [], earlier: 'c50' }, { events: events(3, 4), earlier: null })).toEqual({
    events: events(3, 4),
    earlier: null,
  })
})

test('a gap of what was trimmed stays where it is', () => {
  const after = append({ events: events(1, 3), earlier: null }, events(9, 10), 100)
  expect(after.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 9, 10])
})

test('beyond the most that is kept the oldest go, and are read again from the new oldest on', () => {
  expect(append({ events: events(1, 4), earlier: null }, events(5, 6), 4)).toEqual({
    events: events(3, 6),
    earlier: 'c3',
  })
})

test('what is above a number', () => {
  expect(above(events(1, 5), 3)).toEqual(events(4, 5))
  expect(above(events(1, 5), 0)).toEqual(events(1, 5))
  expect(above(events(1, 5), 5)).toEqual([])
})
