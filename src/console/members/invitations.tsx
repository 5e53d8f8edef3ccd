import { useState } from 'react'
import { useClient, useQuery } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { useRefetchOn } from '../live/use-refetch-on.ts'
import { Button } from '../parts/button.tsx'
import { useMinute } from '../parts/clock.ts'
import { Countdown } from '../parts/instant.tsx'
import { Fault } from '../parts/page.tsx'
import panel from '../parts/panel.module.css'
import { Count } from '../parts/sequence.tsx'
import { refusalOf } from './change-members.ts'
import styles from './invitations.module.css'
import { wordsOf } from './role.ts'

const InvitationsQuery = graphql(`
  query Invitations {
    invitations {
      id email role expiresAt
      invitedBy { __typename ... on User { email } ... on App { name } ... on System { systemName: name } }
    }
  }
`)
const RevokeInvitation = graphql(`
  mutation RevokeInvitation($id: ID!) {
    revokeInvitation(input: { id: $id }) { revokedInvitationId errors { code message path } }
  }
`)

type Invitation = NonNullable<ResultOf<typeof InvitationsQuery>['invitations']>[number]

/** The links that nobody has followed yet. */
export function Invitations() {
  const [{ data, error }, ask] = useQuery({ query: InvitationsQuery, requestPolicy: 'cache-and-network' })
  const reload = () => ask({ requestPolicy: 'network-only' })
  useRefetchOn(({ type }) => type.startsWith('INVITATION_') || type.startsWith('MEMBER_'), reload)
  const now = useMinute()
  const open = data?.invitations?.filter(({ expiresAt }) => Date.parse(expiresAt) > now)
  if (error && !open) return <Fault what="Invitations" error={error} onRetry={reload} />
  if (!open || open.length === 0) return null
  return (
    <section className={styles.invitations} aria-labelledby="invitations">
      <h2 id="invitations">
        Invitations <Count value={open.length} />
      </h2>
      <ul className={panel.panel} aria-labelledby="invitations">
        {open.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </section>
  )
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function InvitationRow({ invitation: { id, email, role, expiresAt, invitedBy } }: { invitation: Invitation }) {
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const revoke = async () => {
    setBusy(true)
    const { data, error } = await client.mutation(RevokeInvitation, { id })
    setBusy(false)
    setProblem(refusalOf(error, data?.revokeInvitation?.errors))
  }
  return (
    <li className={styles.row}>
      <div className={styles.who}>
        <bdi>{email}</bdi>
        <span className={styles.by}>
          by <bdi>{nameOf(invitedBy)}</bdi>
        </span>
        {problem && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
      </div>
      <span className={styles.role}>{wordsOf(role).name}</span>
      <Ends at={expiresAt} />
      <div className={styles.actions}>
        <Button
          kind="danger-quiet"
          size="small"
          disabled={busy}
          onClick={revoke}
          aria-label={`Revoke the invitation of ${email}`}
        >
          Revoke
        </Button>
      </div>
    </li>
  )
}

/** Its last day is counted, and amber. */
function Ends({ at }: { at: string }) {
  const left = Date.parse(at) - useMinute()
  const days = Math.floor(left / DAY_MS)
  if (days === 0)
    return (
      <span className={`${styles.ends} ${styles.soon}`}>
        ends in <Countdown until={at} toTheMinute />
      </span>
    )
  return (
    <span className={styles.ends}>
      ends in {days} d {Math.floor((left % DAY_MS) / HOUR_MS)} h
    </span>
  )
}

function nameOf(actor: Invitation['invitedBy']): string {
  if (actor.__typename === 'User') return actor.email
  return actor.__typename === 'App' ? actor.name : actor.systemName
}
