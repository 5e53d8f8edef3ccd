import { describe, expect, test } from 'vitest'
import { pageOf, walkOf } from '../src/page.ts'

describe('how much of a list is read', () => {
  test.each([
    [{}, { size: 20, backwards: false }],
    [
      { first: null, last: null },
      { size: 20, backwards: false },
    ],
    [{ first: 0 }, { size: 0, backwards: false }],
    [{ first: 100 }, { size: 100, backwards: false }],
    [{ last: 7 }, { size: 7, backwards: true }],
    [
      { first: null, last: 0 },
      { size: 0, backwards: true },
    ],
  ])('%j is %j', (request, walk) => expect(walkOf(request)).toEqual(walk))

  test.each([
    [{ first: 1, last: 1 }, 'Give first or last, not both.'],
    [{ first: -1 }, 'A page has 0 to 100 items: first or last is -1.'],
    [{ last: -1 }, 'A page has 0 to 100 items: first or last is -1.'],
    [{ first: 101 }, 'A page has 0 to 100 items: first or last is 101.'],
    [{ last: 101 }, 'A page has 0 to 100 items: first or last is 101.'],
  ])('%j is BAD_USER_INPUT', (request, message) => {
    expect(() => walkOf(request)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', message }))
  })
})

test('the row too much says that the list goes on, and is not shown', () => {
  const forwards = { size: 2, backwards: false }
  expect(pageOf([1, 2, 3], forwards, false)).toEqual({ items: [1, 2], hasNextPage: true, hasPreviousPage: false })
  expect(pageOf([1, 2], forwards, true)).toEqual({ items: [1, 2], hasNextPage: false, hasPreviousPage: true })
})

test('a list walked from its end backwards is shown in its own order', () => {
  const backwards = { size: 2, backwards: true }
  expect(pageOf([9, 8, 7], backwards, false)).toEqual({ items: [8, 9], hasNextPage: false, hasPreviousPage: true })
  expect(pageOf([2, 1], backwards, true)).toEqual({ items: [1, 2], hasNextPage: true, hasPreviousPage: false })
})

test('an empty page tells whether there is anything', () => {
  const nothing = { size: 0, backwards: false }
  expect(pageOf([1], nothing, false)).toEqual({ items: [], hasNextPage: true, hasPreviousPage: false })
  expect(pageOf([], nothing, false)).toEqual({ items: [], hasNextPage: false, hasPreviousPage: false })
})
