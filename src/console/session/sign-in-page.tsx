import { useNavigate, useSearch } from '@tanstack/react-router'
import { Eye, EyeOff } from 'lucide-react'
import { type FormEvent, useEffect, useMemo, useState } from 'react'
import { createApiClient } from '../api/client.ts'
import { graphql } from '../api/graphql.ts'
import { codeOf, retryAfterOf, sentenceOf } from '../api/refusal.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { serverNow } from '../parts/clock.ts'
import { TextField } from '../parts/field.tsx'
import styles from './door.module.css'
import { Door, DoorMark } from './door.tsx'
import { Limited } from './limited.tsx'
import { switchAccount } from './switch-account.ts'
import { tabAccount, ViewerFields } from './viewer.ts'

const SignIn = graphql(
  `mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { viewer { ...ViewerFields } errors { code message path } }
  }`,
  [ViewerFields],
)

/** Email and password, hung on the rail. After it one goes on where one was. */
export default function SignInPage() {
  const { to = '/apps', ended } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const client = useMemo(() => createApiClient(null, null, () => {}), [])
  const [wrong, setWrong] = useState<string>()
  const [until, setUntil] = useState<number | null>(null)
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)
  useEffect(() => {
    document.title = 'Sign in · Chatelaine'
  }, [])

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    setWrong(undefined)
    const input = { email: String(form.get('email')), password: String(form.get('password')) }
    const { data, error } = await client.mutation(SignIn, { input })
    const viewer = data?.signIn?.viewer
    if (viewer) {
      const before = tabAccount.read()
      const isMember = viewer.memberships.some(({ account }) => account.id === before)
      if (before !== null && isMember && before !== viewer.account.id) await switchAccount(client, before)
      else tabAccount.keep(viewer.account.id)
      return navigate({ href: to, replace: true })
    }
    setBusy(false)
    const wait = retryAfterOf(error)
    if (codeOf(error) === 'RATE_LIMITED' && wait !== null) setUntil(serverNow() + wait * 1000)
    else if (error) setWrong(sentenceOf(error))
    else setWrong('Email or password is not right.')
  }

  return (
    <Door>
      <form onSubmit={submit} className={styles.form}>
        {ended && (
          <DoorMark shape="not-connected">
            <p role="status">You were signed out. Sign in to go on where you were.</p>
          </DoorMark>
        )}
        <DoorMark shape="updated">
          <TextField label="Email" name="email" type="email" autoComplete="username" required large autoFocus />
        </DoorMark>
        <DoorMark shape="key">
          <TextField
            label="Password"
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete="current-password"
            required
            large
            error={wrong}
            after={
              <span className={styles.eye}>
                <IconButton label={shown ? 'Hide the password' : 'Show the password'} onClick={() => setShown(!shown)}>
                  {shown ? <EyeOff size={16} strokeWidth={1.75} /> : <Eye size={16} strokeWidth={1.75} />}
                </IconButton>
              </span>
            }
          />
        </DoorMark>
        <DoorMark shape="created">
          <Button kind="primary" size="form" type="submit" disabled={busy} className={styles.submit}>
            Sign in
          </Button>
          {until !== null && <Limited until={until} onOver={() => setUntil(null)} />}
        </DoorMark>
        <DoorMark shape="next">
          <details className={styles.first}>
            <summary>First start?</summary>
            The owner’s password was printed once, in the terminal that started this server. The email is{' '}
            <code>admin@localhost</code>, unless ADMIN_EMAIL says otherwise.
          </details>
        </DoorMark>
      </form>
    </Door>
  )
}
