import { type FormEvent, useId, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { sentenceOf } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { useComeIn, useViewer } from '../session/viewer-context.tsx'

const CreateAccount = graphql(`
  mutation CreateAccount($name: String!) {
    createAccount(input: { name: $name }) { account { id } errors { code message path } }
  }
`)
const UpdateAccount = graphql(`
  mutation UpdateAccount($name: String!) {
    updateAccount(input: { name: $name }) { account { id name } errors { code message path } }
  }
`)

/** Makes an account, of which one is the first owner. @param onMade told its id */
export function NewAccountDialog({
  open,
  onClose,
  onMade,
}: {
  open: boolean
  onClose: () => void
  onMade: (accountId: string) => void
}) {
  const client = useClient()
  const create = async (name: string) => {
    const { data, error } = await client.mutation(CreateAccount, { name })
    const made = data?.createAccount
    if (made?.account) onMade(made.account.id)
    return error ? sentenceOf(error) : (made?.errors[0]?.message ?? null)
  }
  return <NameDialog open={open} onClose={onClose} title="New account" act="Create account" onName={create} />
}

export function RenameAccountDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useClient()
  const comeIn = useComeIn()
  const { account } = useViewer()
  const rename = async (name: string) => {
    const { data, error } = await client.mutation(UpdateAccount, { name })
    const refusal = error ? sentenceOf(error) : (data?.updateAccount?.errors[0]?.message ?? null)
    if (refusal === null) comeIn()
    return refusal
  }
  return (
    <NameDialog
      open={open}
      onClose={onClose}
      title="Rename this account"
      name={account.name}
      act="Rename"
      onName={rename}
    />
  )
}

/** @param onName answers what was wrong with it, or null */
function NameDialog({
  open,
  onClose,
  title,
  name,
  act,
  onName,
}: {
  open: boolean
  onClose: () => void
  title: string
  name?: string
  act: string
  onName: (name: string) => Promise<string | null>
}) {
  const form = useId()
  const [wrong, setWrong] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const close = () => {
    setWrong(null)
    onClose()
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    const refusal = await onName(String(new FormData(event.currentTarget).get('name')))
    setBusy(false)
    setWrong(refusal)
    if (refusal === null) close()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} disabled={busy}>
            {act}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit}>
        <TextField
          label="Name"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          defaultValue={name}
          error={wrong ?? undefined}
        />
      </form>
    </Dialog>
  )
}
