import type { UserError } from '../api/refusal.ts'
import { type Role, wordsOf } from './role.ts'

/** Says of somebody who is a member already as what, where this page knows it. */
export function alreadyMember(
  errors: readonly UserError[],
  email: string,
  members: readonly { role: Role; user: { email: string } }[],
): UserError[] {
  const wanted = email.trim().toLowerCase()
  const member = members.find(({ user }) => user.email.toLowerCase() === wanted)
  return errors.map((error) =>
    error.code === 'ALREADY_MEMBER' && member
      ? { ...error, message: `They are a member already, as ${wordsOf(member.role).name}.` }
      : error,
  )
}
