import { type FormEvent, useId, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { messageFor, sentenceOf, type UserError } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, TextField } from '../parts/field.tsx'
import { Note } from '../parts/note.tsx'
import { Select } from '../parts/select.tsx'
import { useViewer } from '../session/viewer-context.tsx'
import { alreadyMember } from './already-member.ts'
import styles from './members-page.module.css'
import { grantableBy, type Role } from './role.ts'
import type { Member } from './use-members.ts'

const Invite = graphql(`
  mutation InviteMember($input: InviteMemberInput!) {
    inviteMember(input: $input) { link errors { code message path } }
  }
`)

/**
 * Invites a person. Its link is shown once, like a secret, and lives in this component alone: nothing is mailed, so
 * whoever invites hands it over.
 */
export function InviteDialog({
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
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('DEVELOPER')
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  const close = () => {
    setEmail('')
    setRole('DEVELOPER')
    setErrors([])
    setFault(null)
    setLink(null)
    onClose()
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFault(null)
    const { data, error } = await client.mutation(Invite, { input: { email, role } })
    setBusy(false)
    if (error) return setFault(sentenceOf(error))
    setErrors(alreadyMember(data?.inviteMember?.errors ?? [], email, members))
    setLink(data?.inviteMember?.link ?? null)
  }
  if (link !== null)
    return (
      <Dialog
        open={open}
        onClose={close}
        locked
        title="Hand over this link"
        foot={
          <Button kind="primary" onClick={close}>
            Done
          </Button>
        }
      >
        <Note tone="grace">
          <strong>This is the only time you see this link.</strong> Whoever has it joins as <bdi>{email}</bdi>: send it
          to nobody else. It holds for 7 days, and works once. Lost? Invite again; that ends this one.
        </Note>
        <div className={styles.link}>
          <code>{link}</code>
        </div>
        <div>
          <CopyButton text={link} what="Copy link" />
        </div>
      </Dialog>
    )
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Invite a person"
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} disabled={busy}>
            Make link
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className={styles.form}>
        <TextField
          label="Email"
          hint="No mail is sent: you get a link to hand over."
          type="email"
          autoComplete="off"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          error={messageFor(errors, 'email')}
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
