import { type FormEvent, useId, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { messageFor, sentenceOf, type UserError } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, TextField } from '../parts/field.tsx'
import { Note } from '../parts/note.tsx'
import { Select } from '../parts/select.tsx'
import { useViewer } from '../session/viewer-context.tsx'
import { alreadyMember } from './already-member.ts'
import styles from './members-page.module.css'
import { grantableBy, type Role } from './role.ts'
import type { Member } from './use-members.ts'

const AddMember = graphql(`
  mutation AddMember($input: AddMemberInput!) {
    addMember(input: $input) { member { id } errors { code message path } }
  }
`)

/** Makes somebody a member who is nowhere on this server yet, with a password that they then change. */
export function AddPersonDialog({
  open,
  onClose,
  members,
}: {
  open: boolean
  onClose: () => void
  members: readonly Member[]
}) {
  const viewer = useViewer()
  const client = useClient()
  const form = useId()
  const [role, setRole] = useState<Role>('DEVELOPER')
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const close = () => {
    setRole('DEVELOPER')
    setErrors([])
    setFault(null)
    onClose()
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const email = String(given.get('email'))
    setBusy(true)
    setFault(null)
    const input = { email, password: String(given.get('password')), role }
    const { data, error } = await client.mutation(AddMember, { input })
    setBusy(false)
    if (error) return setFault(sentenceOf(error))
    setErrors(alreadyMember(data?.addMember?.errors ?? [], email, members))
    if (data?.addMember?.member) close()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Add a new person"
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} disabled={busy}>
            Add
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className={styles.form}>
        <TextField
          label="Email"
          hint="Of somebody who has no account on this server. Who has one is invited."
          name="email"
          type="email"
          autoComplete="off"
          required
          error={messageFor(errors, 'email')}
        />
        <TextField
          label="First password"
          hint="At least 12 characters. Tell it to them, and to change it under Your sessions."
          name="password"
          type="password"
          autoComplete="new-password"
          required
          error={messageFor(errors, 'password')}
        />
        <Field label="Role">
          <div>
            <Select value={role} options={grantableBy(viewer.role)} onChange={setRole} />
          </div>
        </Field>
        {fault && <Note tone="danger">{fault}</Note>}
      </form>
    </Dialog>
  )
}
