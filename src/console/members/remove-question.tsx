import { useState } from 'react'
import { useClient } from 'urql'
import { Question } from '../parts/dialog.tsx'
import { Note } from '../parts/note.tsx'
import { RemoveMember, refusalOf } from './change-members.ts'
import type { Member } from './use-members.ts'

/** Asked before a member goes. */
export function RemoveQuestion({
  member: { user },
  isYou,
  open,
  onClose,
}: {
  member: Member
  isYou: boolean
  open: boolean
  onClose: () => void
}) {
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const close = () => {
    setProblem(null)
    onClose()
  }
  const remove = async () => {
    setBusy(true)
    const { data, error } = await client.mutation(RemoveMember, { input: { userId: user.id } })
    setBusy(false)
    const refusal = refusalOf(error, data?.removeMember?.errors)
    setProblem(refusal)
    if (refusal === null) close()
  }
  return (
    <Question
      open={open}
      onClose={close}
      title={
        isYou ? (
          'Leave this account?'
        ) : (
          <>
            Remove <bdi>{user.name ?? user.email}</bdi>?
          </>
        )
      }
      act={isYou ? 'Leave' : 'Remove'}
      busy={busy}
      onAct={remove}
    >
      <p>
        {isYou
          ? 'You are signed out of this account everywhere at once. The apps you made stay.'
          : 'They are signed out of this account everywhere at once. The apps they made stay.'}
      </p>
      {problem && <Note tone="danger">{problem}</Note>}
    </Question>
  )
}
