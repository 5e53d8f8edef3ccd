import { Check, Minus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useClient } from 'urql'
import { sentenceOf } from '../api/refusal.ts'
import { Button } from '../parts/button.tsx'
import { Mark, type MarkShape } from '../parts/mark.tsx'
import { Note } from '../parts/note.tsx'
import panel from '../parts/panel.module.css'
import { useMay } from '../session/viewer-context.tsx'
import styles from './answer.module.css'
import { Endpoint } from './endpoint.tsx'
import { AddScope, type ExplainedApp, type Explanation, verdictOf } from './explanation.ts'

/** May the app make the call, and what decides it: down a rail, the verdict first. */
export function Answer({
  app,
  explanation,
  onChanged,
}: {
  app: ExplainedApp
  explanation: Explanation
  onChanged: () => void
}) {
  const { endpoint, requiredScopes, grantedBy } = explanation
  const verdict = verdictOf(explanation)
  const name = <bdi>{app.name}</bdi>
  return (
    <section className={`${panel.panel} ${styles.answer}`} aria-label="Answer" aria-live="polite">
      {verdict === 'allowed' && (
        <Step shape="sealed">
          <h2 className={`${styles.verdict} ${styles.allowed}`}>Allowed</h2>
          <p>
            {name} holds <code className={styles.strong}>{grantedBy}</code>, which opens this endpoint.
          </p>
        </Step>
      )}
      {verdict === 'refused' && (
        <Step shape="failed">
          <h2 className={`${styles.verdict} ${styles.refused}`}>Refused</h2>
          <p>{name} holds none of the scopes that open this endpoint.</p>
        </Step>
      )}
      {verdict === 'no-match' && (
        <Step shape="updated">
          <h2 className={styles.verdict}>No endpoint matches</h2>
          <p>No scope opens this address, so it is refused.</p>
        </Step>
      )}
      {endpoint && (
        <Step shape="updated">
          <h3>Endpoint</h3>
          <Endpoint endpoint={endpoint} />
        </Step>
      )}
      {requiredScopes.length > 0 && (
        <Step shape="updated">
          <h3>Any one of these opens it</h3>
          <Scopes app={app} required={requiredScopes} grantedBy={grantedBy} onChanged={onChanged} />
        </Step>
      )}
    </section>
  )
}

function Step({ shape, children }: { shape: MarkShape; children: ReactNode }) {
  return (
    <div className={styles.step}>
      <span className={styles.mark}>
        <Mark shape={shape} />
      </span>
      {children}
    </div>
  )
}

function Scopes({
  app,
  required,
  grantedBy,
  onChanged,
}: {
  app: ExplainedApp
  required: readonly string[]
  grantedBy: string | null
  onChanged: () => void
}) {
  const client = useClient()
  const may = useMay()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const add = async (scope: string) => {
    setBusy(true)
    setProblem(null)
    const scopes = [...app.scopes.map(({ name }) => name), scope]
    const input = { id: app.id, scopes, ifUpdatedAt: app.updatedAt }
    const { data, error } = await client.mutation(AddScope, { input })
    setBusy(false)
    const refusal = data?.updateApp?.errors[0]
    if (error) setProblem(sentenceOf(error))
    else if (refusal?.code === 'CONFLICT')
      setProblem('Somebody else saved this app meanwhile. Nothing was added: look again.')
    else setProblem(refusal?.message ?? null)
    onChanged()
  }
  const held = (scope: string) => scope === grantedBy || app.scopes.some(({ name }) => name === scope)
  return (
    <>
      <ul className={styles.scopes}>
        {required.map((scope) => (
          <li key={scope}>
            {held(scope) ? (
              <Check size={16} strokeWidth={1.75} className={styles.held} aria-hidden="true" />
            ) : (
              <Minus size={16} strokeWidth={1.75} className={styles.missing} aria-hidden="true" />
            )}
            <code>{scope}</code>
            {held(scope) && <span className="quiet">held</span>}
            {grantedBy === null && may('apps/update') && (
              <Button
                size="small"
                disabled={busy}
                onClick={() => add(scope)}
                aria-label={`Add ${scope} to ${app.name}`}
              >
                Add to app
              </Button>
            )}
          </li>
        ))}
        {grantedBy !== null && !required.includes(grantedBy) && (
          <li>
            <Check size={16} strokeWidth={1.75} className={styles.held} aria-hidden="true" />
            <code>{grantedBy}</code>
            <span className="quiet">held, covers it</span>
          </li>
        )}
      </ul>
      {problem && <Note tone="danger">{problem}</Note>}
    </>
  )
}
