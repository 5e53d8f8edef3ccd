import { CircleSlash, Contrast } from 'lucide-react'
import { useState } from 'react'
import { useClient } from 'urql'
import { sentenceOf } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { Question } from '../parts/dialog.tsx'
import { Ago, Countdown, Instant } from '../parts/instant.tsx'
import { Note } from '../parts/note.tsx'
import type { Axis } from './axis.ts'
import { endSecret, setSecretEnabled } from './change-secrets.ts'
import { Lifeline } from './lifeline.tsx'
import { nameOfMaker, type Secret } from './secret-fields.ts'
import styles from './secrets.module.css'
import { VerdictLine } from './verdict-line.tsx'

type Asked = 'end' | 'off' | null

/** One secret: what it is, its life, what is left of it, and what one may do with it. */
export function SecretRow({
  secret,
  axis,
  appName,
  tokenLifetime,
  newest,
  offSince,
  mayChange,
}: {
  secret: Secret
  axis: Axis
  appName: string
  tokenLifetime: number
  newest: string
  offSince: string | null
  mayChange: boolean
}) {
  const client = useClient()
  const [asked, setAsked] = useState<Asked>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const off = secret.status === 'DISABLED'
  const act = async (change: ReturnType<typeof endSecret>) => {
    setAsked(null)
    const { error, refusal } = await change
    setWrong(error ? sentenceOf(error) : (refusal?.message ?? null))
  }
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <div className={styles.status}>
          <Status secret={secret} /> <span className={styles.hint}>…{secret.hint}</span>
        </div>
        <div className={styles.made}>
          made <Instant at={secret.createdAt} /> by <bdi>{nameOfMaker(secret.createdBy)}</bdi>
        </div>
      </div>
      <div className={styles.life}>
        <Lifeline secret={secret} axis={axis} />
      </div>
      <div className={styles.left}>
        <div>
          {secret.expiresAt === null ? (
            'no end'
          ) : secret.awaitsFirstUse ? (
            'grace not begun'
          ) : (
            <Countdown until={secret.expiresAt} />
          )}
        </div>
        <div className={styles.verdict}>
          <VerdictLine secret={secret} tokenLifetime={tokenLifetime} offSince={offSince} newest={newest} />
        </div>
      </div>
      {mayChange && (
        <div className={styles.actions}>
          {off ? (
            <Button size="small" onClick={() => void act(setSecretEnabled(client, secret.id, true))}>
              Switch on
            </Button>
          ) : (
            <Button
              size="small"
              onClick={() => (secret.current ? setAsked('off') : void act(setSecretEnabled(client, secret.id, false)))}
            >
              {secret.current ? 'Switch off…' : 'Switch off'}
            </Button>
          )}
          {!secret.current && (
            <Button size="small" kind="danger-quiet" onClick={() => setAsked('end')}>
              End now…
            </Button>
          )}
        </div>
      )}
      {wrong && (
        <div className={styles.wrong}>
          <Note tone="danger">{wrong}</Note>
        </div>
      )}
      <Question
        open={asked === 'off'}
        onClose={() => setAsked(null)}
        title="Switch off the current secret?"
        act="Switch it off"
        danger={false}
        onAct={() => void act(setSecretEnabled(client, secret.id, false))}
      >
        <p>
          <bdi>{appName}</bdi> gets no tokens with it until you switch it on again.
        </p>
      </Question>
      <Question
        open={asked === 'end'}
        onClose={() => setAsked(null)}
        title={`End …${secret.hint} now?`}
        act="End it now"
        danger={!secret.safeToRevoke}
        onAct={() => void act(endSecret(client, secret.id))}
      >
        <p>
          {secret.lastUsedAt ? (
            <>
              It was used <Ago at={secret.lastUsedAt} />.
            </>
          ) : (
            'It was never used.'
          )}{' '}
          Whatever still uses it is refused from then on. This cannot be undone.
        </p>
      </Question>
    </li>
  )
}

function Status({ secret }: { secret: Secret }) {
  const off = secret.status === 'DISABLED'
  if (off)
    return (
      <span className={styles.off}>
        <CircleSlash size={14} strokeWidth={1.75} aria-hidden="true" /> {secret.current ? 'Current, off' : 'Off'}
      </span>
    )
  if (secret.current)
    return (
      <span className={styles.current}>
        <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
          <circle cx="7" cy="7" r="4.4" fill="currentColor" />
        </svg>{' '}
        Current
      </span>
    )
  return (
    <span className={styles.inGrace}>
      <Contrast size={14} strokeWidth={2} aria-hidden="true" /> Grace
    </span>
  )
}
