import { RefreshCw, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useClient } from 'urql'
import { sentenceOf } from '../api/refusal.ts'
import type { App } from '../app/app-query.ts'
import type { Event } from '../live/event.ts'
import { Button } from '../parts/button.tsx'
import { useMinute } from '../parts/clock.ts'
import { Question } from '../parts/dialog.tsx'
import { secondsOf } from '../parts/duration.ts'
import { Note } from '../parts/note.tsx'
import panel from '../parts/panel.module.css'
import { clockTime, shortDate } from '../parts/time.ts'
import { useMay } from '../session/viewer-context.tsx'
import { axisOf, placeOf, ticksOf } from './axis.ts'
import { undoRotation } from './change-secrets.ts'
import { SecretRow } from './secret-row.tsx'
import styles from './secrets.module.css'

/** The app's secrets on one axis of time. @param events of the app, oldest first: they know since when one is off */
export function SecretsPanel({ app, events, onRotate }: { app: App; events: readonly Event[]; onRotate: () => void }) {
  const client = useClient()
  const mayChange = useMay()('apps/rotate-secret')
  const now = useMinute()
  const [undoing, setUndoing] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const axis = axisOf(app.secrets, now)
  const current = app.secrets.find((secret) => secret.current)
  const before = app.secrets.find((secret) => !secret.current && secret.status === 'GRACE')
  const undo = async () => {
    setUndoing(false)
    if (!current) return
    const { error, refusal } = await undoRotation(client, app.id, current.id)
    if (error) setWrong(sentenceOf(error))
    else if (refusal?.code === 'CONFLICT') setWrong('Somebody else rotated meanwhile. Nothing was undone.')
    else setWrong(refusal?.message ?? null)
  }
  const offSince = (secretId: string) =>
    events.findLast((event) => event.type === 'SECRET_DISABLED' && event.secretId === secretId)?.occurredAt ?? null
  return (
    <section aria-labelledby="secrets">
      <div className={styles.title}>
        <h2 id="secrets">Secrets</h2>
        <span className="quiet">{app.secrets.length} of 5</span>
        {mayChange && (
          <div className={styles.buttons}>
            {before && (
              <Button onClick={() => setUndoing(true)}>
                <Undo2 size={16} strokeWidth={1.75} aria-hidden="true" />
                Undo rotation…
              </Button>
            )}
            <Button kind="primary" onClick={onRotate}>
              <RefreshCw size={16} strokeWidth={1.75} aria-hidden="true" />
              Rotate secret…
            </Button>
          </div>
        )}
      </div>
      {wrong && <Note tone="danger">{wrong}</Note>}
      <div className={panel.panel}>
        <div className={styles.axis}>
          <span>Times in UTC</span>
          <svg className={styles.ticks} aria-hidden="true">
            {ticksOf(axis).map(({ at, place, clock }) => (
              <text key={at} x={`${place}%`} y="12">
                {clock ? clockTime(new Date(at)).slice(0, 5) : shortDate(new Date(at), now)}
              </text>
            ))}
            <text className={styles.nowWord} x={`${placeOf(axis, axis.now)}%`} y="12">
              now
            </text>
          </svg>
        </div>
        <ul>
          {app.secrets.map((secret) => (
            <SecretRow
              key={secret.id}
              secret={secret}
              axis={axis}
              appName={app.name}
              tokenLifetime={secondsOf(app.tokenLifetime)}
              newest={current?.hint ?? ''}
              offSince={offSince(secret.id)}
              mayChange={mayChange}
            />
          ))}
        </ul>
      </div>
      <p className={styles.foot}>
        Each old secret keeps working through its hatched stretch, then ends by itself. Switching one off is reversible:
        it shows who still needs it.
      </p>
      <Question
        open={undoing}
        onClose={() => setUndoing(false)}
        title="Undo the rotation?"
        act="Undo rotation"
        onAct={() => void undo()}
      >
        <p>
          <strong className="mono">…{before?.hint}</strong> becomes the current secret again.{' '}
          <strong className="mono">…{current?.hint}</strong> ends at once, with its tokens.
        </p>
      </Question>
    </section>
  )
}
