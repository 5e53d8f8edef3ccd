import { RadioGroup } from '@base-ui/react/radio-group'
import { useId } from 'react'
import type { App } from '../app/app-query.ts'
import { useMinute } from '../parts/clock.ts'
import { words } from '../parts/duration.ts'
import { DurationField, isDurationWithin } from '../parts/duration-field.tsx'
import { Ago } from '../parts/instant.tsx'
import { Note } from '../parts/note.tsx'
import { LabelledRadio } from '../parts/radio.tsx'
import { longDay, longInstant } from '../parts/time.ts'
import styles from './rotate.module.css'
import { RotatePreview } from './rotate-preview.tsx'
import { LONGEST_GRACE, MOST_LIVE, type Start } from './rotation.ts'

const PRESETS = [
  { seconds: 0, word: '0' },
  { seconds: 3600, word: '1 h' },
  { seconds: 86_400, word: '24 h' },
  { seconds: 7 * 86_400, word: '7 d' },
  { seconds: LONGEST_GRACE, word: '30 d' },
]

/** The choice of a grace period, drawn and said before anything is done. @param grace seconds; null while none is given */
export function RotateForm({
  app,
  grace,
  onGrace,
  start,
  onStart,
}: {
  app: App
  grace: number | null
  onGrace: (seconds: number | null) => void
  start: Start
  onStart: (start: Start) => void
}) {
  const now = useMinute()
  const startLabel = useId()
  const current = app.secrets.find((secret) => secret.current)
  const hint = current?.hint ?? ''
  const isGiven = isDurationWithin(grace, 0, LONGEST_GRACE)
  const end = new Date(now + (start === 'NOW' ? (grace ?? 0) : LONGEST_GRACE) * 1000)
  const latest = new Date(now + LONGEST_GRACE * 1000)
  return (
    <>
      <p>
        A new secret is made now and shown once. The current one, <strong className="mono">…{hint}</strong>,{' '}
        {grace === 0 ? 'ends at that moment.' : 'keeps working for a grace period.'}
      </p>
      <DurationField
        label="Grace period"
        presets={PRESETS}
        min={0}
        max={LONGEST_GRACE}
        rule="A grace period is 0 to 30 days."
        value={grace}
        onChange={onGrace}
      />
      {isGiven && grace > 0 && (
        <div>
          <div id={startLabel} className={styles.label}>
            It starts
          </div>
          <RadioGroup aria-labelledby={startLabel} value={start} onValueChange={(next) => onStart(next as Start)}>
            <LabelledRadio value="NOW">
              <strong>Now.</strong> The old secret ends on {longInstant(new Date(now + grace * 1000))}.
            </LabelledRadio>
            <LabelledRadio value="FIRST_USE">
              <strong>When the new secret is first used.</strong> The old one ends {words(grace)} after that, on{' '}
              {longDay(latest)} at the latest.
            </LabelledRadio>
          </RadioGroup>
        </div>
      )}
      {isGiven && <RotatePreview hint={hint} grace={grace} start={start} now={now} />}
      {grace === 0 && (
        <Note tone="danger">
          <strong>
            {app.secrets.length > 1
              ? `All ${app.secrets.length} secrets stop working the moment you rotate.`
              : 'The old secret stops working the moment you rotate.'}
          </strong>{' '}
          {current?.lastUsedAt && (
            <>
              It was used <Ago at={current.lastUsedAt} />.{' '}
            </>
          )}
          Whatever still uses {app.secrets.length > 1 ? 'one of them' : 'it'} gets <code>invalid_client</code> until it
          has the new one.
        </Note>
      )}
      {isGiven && grace > 0 && app.secrets.length >= MOST_LIVE && (
        <Note tone="danger">
          Five secrets are live, the most an app can have. End one first, or rotate with a grace period of 0.
        </Note>
      )}
      {isGiven && grace > 0 && app.secrets.length < MOST_LIVE && current?.lastUsedAt && (
        <Note tone="grace">
          <strong>…{hint} is in use:</strong> last <Ago at={current.lastUsedAt} />. Whatever uses it must have the new
          secret by {(grace ?? 0) < 2 * 86_400 ? longInstant(end) : longDay(end)}.
        </Note>
      )}
    </>
  )
}
