import { useState } from 'react'
import { useClient, useQuery } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { sentenceOf } from '../api/refusal.ts'
import { useRefetchOn } from '../live/use-refetch-on.ts'
import { browserOf } from '../parts/browser.ts'
import { Button } from '../parts/button.tsx'
import { Ago, Instant } from '../parts/instant.tsx'
import { Note } from '../parts/note.tsx'
import { Fault } from '../parts/page.tsx'
import panel from '../parts/panel.module.css'
import { useSignOut } from '../session/use-sign-out.ts'
import styles from './sessions-page.module.css'

const SessionsQuery = graphql(`
  query Sessions { sessions { id createdAt lastSeenAt expiresAt ip userAgent current } }
`)
const RevokeSession = graphql(`
  mutation RevokeSession($id: ID!) {
    revokeSession(input: { id: $id }) { revokedSessionId errors { code message path } }
  }
`)

type Session = NonNullable<ResultOf<typeof SessionsQuery>['sessions']>[number]
/** The types of events after which the list may be another one. */
const OF_SESSIONS = ['SIGNED_IN', 'SIGNED_OUT', 'SESSION_REVOKED', 'PASSWORD_CHANGED']

/** Where one is signed in, this one first. */
export function SessionsList() {
  const client = useClient()
  const signOut = useSignOut()
  const [{ data, error }, ask] = useQuery({ query: SessionsQuery, requestPolicy: 'cache-and-network' })
  const reload = () => ask({ requestPolicy: 'network-only' })
  useRefetchOn(({ type }) => OF_SESSIONS.includes(type), reload)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  /** One that has ended meanwhile is no failure: ended is what was wanted. */
  const end = async (ids: readonly string[]) => {
    setBusy(true)
    setProblem(null)
    for (const id of ids) {
      const answer = await client.mutation(RevokeSession, { id })
      if (answer.error) setProblem(sentenceOf(answer.error))
    }
    setBusy(false)
    reload()
  }

  const sessions = data?.sessions
  if (!sessions) return error ? <Fault what="Your sessions" error={error} onRetry={reload} /> : null
  const here = sessions.filter(({ current }) => current)
  const others = sessions.filter(({ current }) => !current)
  return (
    <section className={styles.part} aria-labelledby="sessions">
      <div className={styles.titleLine}>
        <h2 id="sessions">Where you are signed in</h2>
        {others.length > 0 && (
          <Button size="small" disabled={busy} onClick={() => end(others.map(({ id }) => id))}>
            Sign out all others
          </Button>
        )}
      </div>
      {problem && <Note tone="danger">{problem}</Note>}
      <ul className={panel.panel} aria-labelledby="sessions">
        {[...here, ...others].map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            busy={busy}
            onEnd={() => (session.current ? signOut() : end([session.id]))}
          />
        ))}
      </ul>
    </section>
  )
}

function SessionRow({
  session: { ip, userAgent, lastSeenAt, createdAt, expiresAt, current },
  busy,
  onEnd,
}: {
  session: Session
  busy: boolean
  onEnd: () => void
}) {
  const browser = browserOf(userAgent)
  return (
    <li className={styles.row}>
      <div className={styles.browser}>
        <span title={userAgent ?? undefined}>{browser}</span>
        {current && <span className={styles.here}>this one</span>}
      </div>
      <code className={styles.address}>{ip ?? 'no address'}</code>
      <span className={styles.times}>
        last seen <Ago at={lastSeenAt} />
      </span>
      <span className={styles.times}>
        since <Instant at={createdAt} />, ends <Instant at={expiresAt} />
      </span>
      <div className={styles.actions}>
        <Button
          kind="quiet"
          size="small"
          disabled={busy}
          onClick={onEnd}
          aria-label={current ? 'Sign out here' : `Sign out ${browser}${ip ? ` at ${ip}` : ''}`}
        >
          Sign out
        </Button>
      </div>
    </li>
  )
}
