import { useBlocker } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import { useClient } from 'urql'
import { sentenceOf } from '../api/refusal.ts'
import type { App } from '../app/app-query.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { isDurationWithin } from '../parts/duration-field.tsx'
import { Note } from '../parts/note.tsx'
import { CopySecret } from './copy-secret.tsx'
import styles from './rotate.module.css'
import { RotateForm } from './rotate-form.tsx'
import { LONGEST_GRACE, MOST_LIVE, rotateSecret, type Start } from './rotation.ts'

const USUAL_GRACE = 7 * 86_400

/** Makes a new secret and shows it once; from then on it closes by Done alone. */
export function RotateDialog({ app, onClose }: { app: App; onClose: () => void }) {
  const client = useClient()
  const [grace, setGrace] = useState<number | null>(USUAL_GRACE)
  const [start, setStart] = useState<Start>('NOW')
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const [stored, setStored] = useState(false)
  const confirm = useRef<HTMLButtonElement>(null)
  const startsAt: Start = grace === 0 ? 'NOW' : start
  const question = `${grace} ${startsAt}`
  // Of the question: asked again with the same choice, a lost answer comes back instead of a second rotation.
  const idempotencyKey = useMemo(() => `${question} ${crypto.randomUUID()}`, [question])
  useBlocker({ shouldBlockFn: () => secret !== null, enableBeforeUnload: () => secret !== null })
  const isFull = grace !== 0 && app.secrets.length >= MOST_LIVE
  const isGiven = isDurationWithin(grace, 0, LONGEST_GRACE)

  const rotate = async () => {
    if (!isGiven) return
    setBusy(true)
    const { error, refusal, clientSecret } = await rotateSecret(client, app.id, {
      grace,
      start: startsAt,
      idempotencyKey,
    })
    setBusy(false)
    setWrong(error ? sentenceOf(error) : (refusal?.message ?? null))
    setSecret(clientSecret)
  }
  const title = (
    <>
      Rotate the secret of <bdi>{app.name}</bdi>
    </>
  )
  if (secret !== null)
    return (
      <Dialog
        open
        onClose={onClose}
        locked
        title={title}
        foot={
          <Button kind="primary" disabled={!stored} onClick={onClose}>
            Done
          </Button>
        }
      >
        <CopySecret
          clientId={app.clientId}
          clientSecret={secret}
          name={app.name}
          stored={stored}
          onStored={setStored}
        />
      </Dialog>
    )
  const willLive = grace === 0 ? 1 : app.secrets.length + 1
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      focusOn={confirm}
      foot={
        <>
          {!isFull && <span className={styles.footWords}>{sayLive(willLive)}</span>}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            ref={confirm}
            kind={grace === 0 ? 'danger' : 'primary'}
            disabled={busy || isFull || !isGiven}
            onClick={() => void rotate()}
          >
            Yes, rotate secret
          </Button>
        </>
      }
    >
      <RotateForm app={app} grace={grace} onGrace={setGrace} start={start} onStart={setStart} />
      {wrong && <Note tone="danger">{wrong}</Note>}
    </Dialog>
  )
}

function sayLive(count: number): string {
  if (count === 1) return 'The new secret alone will be live'
  return `${count} secrets will be live${count === MOST_LIVE ? ', the most an app can have' : ''}`
}
