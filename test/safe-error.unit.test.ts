import { DrizzleQueryError } from 'drizzle-orm/errors'
import { describe, expect, test } from 'vitest'
import { safeError } from '../src/safe-error.ts'

const SECRET = 'chtl_0123456789'

test('no parameter of a failed query comes into the log, whichever way the error is written', () => {
  const cause = Object.assign(new Error('duplicate key value violates unique constraint "secrets_pkey"'), {
    code: '23505',
    detail: `Key (id)=(${SECRET}) already exists.`,
    parameters: [SECRET],
  })
  const error = new DrizzleQueryError('insert into secrets values ($1)', [SECRET], cause)
  expect(error.message).toContain(SECRET) // what this is for
  expect(error.stack).toContain(SECRET)

  const logged = safeError(error)
  expect(logged).toEqual({
    type: 'DrizzleQueryError',
    message: 'a query failed',
    stack: expect.stringMatching(/^ {4}at /),
    cause: {
      type: 'Error',
      message: 'duplicate key value violates unique constraint "secrets_pkey"',
      code: '23505',
      stack: expect.stringMatching(/^ {4}at /),
    },
  })
  expect(JSON.stringify(logged)).not.toContain(SECRET)
})

test('a failed query that is the cause of another error is no less bound', () => {
  const error = new Error('the feed could not read', { cause: new DrizzleQueryError('select $1', [SECRET]) })
  const logged = safeError(error)
  expect(logged).toMatchObject({ message: 'the feed could not read', cause: { message: 'a query failed' } })
  expect(JSON.stringify(logged)).not.toContain(SECRET)
})

describe('what is thrown and is no Error', () => {
  test.each([[SECRET], [{ token: SECRET }], [undefined], [null], [7]])('%j is told by its type alone', (thrown) => {
    expect(safeError(thrown)).toEqual({ type: typeof thrown, message: 'something that is no Error was thrown' })
  })
})

test('an error that causes itself is told so far and no further', () => {
  const error = new Error('around')
  error.cause = error
  const depth = (logged: ReturnType<typeof safeError>): number => (logged.cause ? 1 + depth(logged.cause) : 1)
  expect(depth(safeError(error))).toBe(6)
})

test('other fields of an error stay out of the log', () => {
  const error = Object.assign(new TypeError('no'), { code: 'ERR_X', password: SECRET, response: { token: SECRET } })
  expect(Object.keys(safeError(error)).sort()).toEqual(['code', 'message', 'stack', 'type'])
})
