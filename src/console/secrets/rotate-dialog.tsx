import { useMemo, useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { sentenceOf } from '../api/refusal.ts'
import type { App } from '../app/app-query.ts'
import { Button } from '../parts/button.tsx'
import { useMinute } from '../parts/clock.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { wireDuration, words } from '../parts/duration.ts'
import { Field } from '../parts/field.tsx'
import { Ago } from '../parts/instant.tsx'
import { Note } from '../parts/note.tsx'
import { Select } from '../parts/select.tsx'
import { longInstant } from '../parts/time.ts'
import styles from './secrets.module.css'

const RotateSecret = graphql(`
  mutation RotateSecret($input: RotateSecretInput!) {
    rotateSecret(input: $input) { app { id secrets { id } } clientSecret errors { code message path } }
  }
`)
const GRACE_PERIODS = ['0', '3600', '86400', '604800', '2592000'] as const
const MOST_LIVE = 5
const LATEST_MS = 2_592_000_000

type Start = 'NOW' | 'FIRST_USE'

/** Makes a new secret, says what becomes of the one before, and shows the new one once; then it closes by Done alone. */
export function RotateDialog({ app, open, onClose }: { app: App; open: boolean; onClose: () => void }) {
  const client = useClient()
  const now = useMinute()
  const [grace, setGrace] = useState<(typeof GRACE_PERIODS)[number]>('604800')
  const [start, setStart] = useState<Start>('NOW')
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const [stored, setStored] = useState(false)
  // The same key for the same question, so that a lost answer can be asked for again.
  const idempotencyKey = useMemo(() => `${grace}-${start}-${crypto.randomUUID()}`, [grace, start])
  const current = app.secrets.find((candidate) => candidate.current)
  const seconds = Number(grace)
  const full = app.secrets.length >= MOST_LIVE && seconds > 0
  const end = longInstant(new Date(now + seconds * 1000))
  const close = () => {
    setSecret(null)
    setStored(false)
    setWrong(null)
    onClose()
  }
  const rotate = async () => {
    setBusy(true)
    const input = { appId: app.id, gracePeriod: wireDuration(seconds), graceStarts: start, idempotencyKey }
    const { data, error } = await client.mutation(RotateSecret, { input })
    setBusy(false)
    const answer = data?.rotateSecret
    setWrong(error ? sentenceOf(error) : (answer?.errors[0]?.message ?? null))
    setSecret(answer?.clientSecret ?? null)
  }
  const title = (
    <>
      Rotate the secret of <bdi>{app.name}</bdi>
    </>
  )
  if (secret !== null)
    return (
      <Dialog
        open={open}
        onClose={close}
        locked
        title={title}
        foot={
          <Button kind="primary" disabled={!stored} onClick={close}>
            Done
          </Button>
        }
      >
        <Note tone="grace">
          <strong>This is the only time you see this secret.</strong> Chatelaine keeps a hash of it and cannot show it
          again. If you lose it, rotate.
        </Note>
        <code className={styles.secret}>{secret}</code>
        <div>
          <CopyButton text={secret} what="Copy secret" kind="primary" />
        </div>
        <label className={styles.got}>
          <input type="checkbox" checked={stored} onChange={(event) => setStored(event.target.checked)} />
          <span>
            <strong>Got it!</strong> I have stored the secret somewhere safe.
          </span>
        </label>
      </Dialog>
    )
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind={seconds === 0 ? 'danger' : 'primary'} disabled={busy || full} onClick={() => void rotate()}>
            Yes, rotate secret
          </Button>
        </>
      }
    >
      <p>
        A new secret is made now and shown once. The current one, <strong className="mono">…{current?.hint}</strong>,{' '}
        {seconds === 0 ? 'ends at once.' : 'keeps working for a grace period.'}
      </p>
      <Field label="Grace period">
        <Select
          value={grace}
          options={GRACE_PERIODS.map((value) => ({ value, words: words(Number(value)) }))}
          onChange={setGrace}
        />
      </Field>
      {seconds > 0 && (
        <Field label="It starts">
          <Select<Start>
            value={start}
            options={[
              { value: 'NOW', words: 'Now', hint: `The old secret ends on ${end}.` },
              {
                value: 'FIRST_USE',
                words: 'When the new secret is first used',
                hint: `The old one ends ${words(seconds)} after that, on ${longInstant(new Date(now + LATEST_MS))} at the latest.`,
              },
            ]}
            onChange={setStart}
          />
        </Field>
      )}
      {seconds === 0 && (
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
          Whatever still uses it gets <code>invalid_client</code> until it has the new one.
        </Note>
      )}
      {seconds > 0 && current?.lastUsedAt && (
        <Note tone="grace">
          <strong>…{current.hint} is in use:</strong> last <Ago at={current.lastUsedAt} />. Whatever uses it must have
          the new secret by {start === 'NOW' ? end : longInstant(new Date(now + LATEST_MS))}.
        </Note>
      )}
      {full && (
        <Note tone="danger">
          Five secrets are live, the most an app can have. End one first, or rotate with a grace period of 0.
        </Note>
      )}
      {wrong && <Note tone="danger">{wrong}</Note>}
    </Dialog>
  )
}
