import type { CombinedError } from 'urql'
import { graphql } from '../api/graphql.ts'
import { sentenceOf, type UserError } from '../api/refusal.ts'

export const UpdateMember = graphql(`
  mutation UpdateMember($input: UpdateMemberInput!) {
    updateMember(input: $input) { member { id role } errors { code message path } }
  }
`)
export const RemoveMember = graphql(`
  mutation RemoveMember($input: RemoveMemberInput!) {
    removeMember(input: $input) { removedUserId errors { code message path } }
  }
`)

/** Why a change of a member did not happen, or null. */
export function refusalOf(error: CombinedError | undefined, errors: readonly UserError[] | undefined): string | null {
  if (error) return sentenceOf(error)
  const [first] = errors ?? []
  if (!first) return null
  return first.code === 'LAST_OWNER' ? 'An account always keeps one owner.' : first.message
}
