import { alreadyMember } from '../../src/console/members/already-member.ts'
import { expect, test } from '../support/index.ts'

const path = ['input', 'email']
const already = { code: 'ALREADY_MEMBER', message: 'This person is a member already.', path }
const members = [{ role: 'DEVELOPER' as const, user: { email: 'lin@example.com' } }]

test('a member who is invited again is told with their role, however the e-mail is written', () => {
  expect(alreadyMember([already], ' Lin@Example.com', members)).toEqual([
    { ...already, message: 'They are a member already, as Developer.' },
  ])
})

test('of whom the page does not know, and of other mistakes, the server’s own words stand', () => {
  expect(alreadyMember([already], 'sol@example.com', members)).toEqual([already])
  const other = { code: 'INVALID_FORMAT', message: 'This is no e-mail address.', path }
  expect(alreadyMember([other], 'lin@example.com', members)).toEqual([other])
})
