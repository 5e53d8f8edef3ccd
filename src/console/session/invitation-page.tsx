import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useMemo, useState } from 'react'
import { createApiClient } from '../api/client.ts'
import { graphql } from '../api/graphql.ts'
import { codeOf, messageFor, retryAfterOf, sentenceOf, type UserError } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { serverNow } from '../parts/clock.ts'
import { TextField } from '../parts/field.tsx'
import styles from './door.module.css'
import { Door, DoorMark } from './door.tsx'
import { forgetInvitationToken, readInvitationToken } from './invitation-token.ts'
import { Limited } from './limited.tsx'
import { tabAccount, ViewerFields } from './viewer.ts'

const Accept = graphql(
  `mutation AcceptInvitation($input: AcceptInvitationInput!) {
    acceptInvitation(input: $input) { viewer { ...ViewerFields } errors { code message path } }
  }`,
  [ViewerFields],
)
const WhoAmI = graphql(`query WhoAmI { viewer { actor { __typename ... on User { email } } } }`)

/** Joins an account by a one-time link: new people choose a password, others give theirs, or are signed in. */
export default function InvitationPage() {
  const [token] = useState(readInvitationToken)
  useEffect(() => {
    document.title = 'Invitation · Chatelaine'
    return forgetInvitationToken
  }, [])
  if (token === null)
    return (
      <Door>
        <DoorMark shape="failed">
          <p>This link is not whole: what stands behind its # is missing. Open it again as you got it.</p>
        </DoorMark>
        <DoorMark shape="next">
          <Link to="/sign-in">Sign in</Link>
        </DoorMark>
      </Door>
    )
  return <Join token={token} />
}

function Join({ token }: { token: string }) {
  const navigate = useNavigate()
  const client = useMemo(() => createApiClient(null, null, () => {}), [])
  const [signedInAs, setSignedInAs] = useState<string | null>(null)
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [fault, setFault] = useState<string | null>(null)
  const [until, setUntil] = useState<number | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    void client.query(WhoAmI, {}).then(({ data }) => {
      const actor = data?.viewer?.actor
      setSignedInAs(actor?.__typename === 'User' ? actor.email : null)
    })
  }, [client])

  const accept = async (input: { password?: string; name?: string }) => {
    setBusy(true)
    setErrors([])
    setFault(null)
    const { data, error } = await client.mutation(Accept, { input: { token, ...input } })
    setBusy(false)
    const viewer = data?.acceptInvitation?.viewer
    if (viewer) {
      tabAccount.keep(viewer.account.id)
      return navigate({ to: '/apps', replace: true })
    }
    const wait = retryAfterOf(error)
    if (codeOf(error) === 'RATE_LIMITED' && wait !== null) setUntil(serverNow() + wait * 1000)
    else if (error) setFault(sentenceOf(error))
    setErrors(data?.acceptInvitation?.errors ?? [])
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = String(form.get('name')).trim()
    void accept({ password: String(form.get('password')), ...(name !== '' && { name }) })
  }
  const ofLink = messageFor(errors, 'token') ?? fault
  return (
    <Door>
      <form onSubmit={submit} className={styles.form}>
        <DoorMark shape="next">
          <p>
            <strong>You are invited to an account.</strong> Join it with a password: a new one if you are new here, else
            the one you have.
          </p>
          {ofLink && (
            <p role="alert" className={styles.limited}>
              {ofLink}
            </p>
          )}
        </DoorMark>
        {signedInAs !== null && (
          <DoorMark shape="created">
            <Button size="form" disabled={busy} onClick={() => accept({})}>
              <span>
                Join as <bdi>{signedInAs}</bdi>
              </span>
            </Button>
            <p className={styles.first}>If the invitation is for this e-mail, which you are signed in under.</p>
          </DoorMark>
        )}
        <DoorMark shape="updated">
          <TextField
            label="Name"
            hint="If you are new here. It may stay empty."
            name="name"
            autoComplete="name"
            large
            error={messageFor(errors, 'name')}
          />
        </DoorMark>
        <DoorMark shape="key">
          <TextField
            label="Password"
            hint="At least 12 characters. Nobody here can change the one that you have."
            name="password"
            type="password"
            autoComplete="new-password"
            required
            large
            error={messageFor(errors, 'password')}
          />
        </DoorMark>
        <DoorMark shape="created">
          <Button kind="primary" size="form" type="submit" disabled={busy} className={styles.submit}>
            Join
          </Button>
          {until !== null && <Limited until={until} onOver={() => setUntil(null)} />}
        </DoorMark>
      </form>
    </Door>
  )
}
