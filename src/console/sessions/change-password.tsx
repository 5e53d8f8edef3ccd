import { type FormEvent, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { messageFor, sentenceOf, type UserError } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Note } from '../parts/note.tsx'
import { useViewer } from '../session/viewer-context.tsx'
import styles from './sessions-page.module.css'

const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) { ok errors { code message path } }
  }
`)

/** One's own password; a change ends all other sessions. */
export function ChangePasswordForm() {
  const client = useClient()
  const { actor } = useViewer()
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const [state, setState] = useState<'open' | 'busy' | 'done'>('open')
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const given = new FormData(form)
    setState('busy')
    setFault(null)
    setErrors([])
    const input = { currentPassword: String(given.get('current')), newPassword: String(given.get('new')) }
    const { data, error } = await client.mutation(ChangePassword, { input })
    const changed = data?.changePassword?.ok === true
    setState(changed ? 'done' : 'open')
    if (error) setFault(sentenceOf(error))
    setErrors(data?.changePassword?.errors ?? [])
    if (changed) form.reset()
  }
  return (
    <section className={styles.part} aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form onSubmit={submit} className={styles.form}>
        <input
          type="email"
          name="username"
          autoComplete="username"
          value={actor.__typename === 'User' ? actor.email : ''}
          readOnly
          hidden
        />
        <TextField
          label="Current password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
          error={messageFor(errors, 'currentPassword')}
        />
        <TextField
          label="New password"
          hint="At least 12 characters."
          name="new"
          type="password"
          autoComplete="new-password"
          required
          error={messageFor(errors, 'newPassword')}
        />
        {fault && <Note tone="danger">{fault}</Note>}
        <div className={styles.save}>
          <Button type="submit" disabled={state === 'busy'}>
            Change password
          </Button>
          <p role="status">{state === 'done' ? 'Changed. Your other sessions have ended.' : ''}</p>
        </div>
      </form>
    </section>
  )
}
