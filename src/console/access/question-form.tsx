import { type FormEvent, useId, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Select } from '../parts/select.tsx'
import styles from './access-page.module.css'
import type { AccessSearch } from './access-search.ts'
import { AppPicker } from './app-picker.tsx'
import { METHODS } from './question.ts'

type Picked = { id: string; name: string }

/**
 * App, METHOD and URL.
 * @param app the one of the question that is answered, null before there is one
 * @param wrong what is wrong with the URL
 */
export function QuestionForm({
  asked,
  app,
  wrong,
  onAsk,
}: {
  asked: AccessSearch
  app: Picked | null
  wrong: string | null
  onAsk: (question: { app: string; method: string; url: string }) => void
}) {
  const ids = useId()
  const [picked, setPicked] = useState<Picked | null>(null)
  const [method, setMethod] = useState(asked.method ?? 'GET')
  const [url, setUrl] = useState(asked.url ?? '')
  const [missing, setMissing] = useState(false)
  const shown = picked ?? app
  const methods = METHODS.includes(method) ? METHODS : [...METHODS, method]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setMissing(shown === null)
    if (shown) onAsk({ app: shown.id, method, url })
  }
  const error = missing ? 'Choose an app first.' : wrong
  return (
    <form className={styles.question} onSubmit={submit} aria-label="Question">
      <AppPicker
        app={shown}
        onPick={(next) => {
          setPicked(next)
          setMissing(false)
        }}
      />
      <Select
        label="Method"
        look="large"
        mono
        wide
        value={method}
        options={methods.map((each) => ({ value: each, words: each }))}
        onChange={setMethod}
      />
      <div className={styles.url}>
        <input
          aria-label="URL"
          placeholder="https://host/path"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
          required
          spellCheck={false}
          autoComplete="off"
          inputMode="url"
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${ids}-wrong`}
        />
        {error && (
          <p id={`${ids}-wrong`} role="alert" className={styles.error}>
            {error}
          </p>
        )}
      </div>
      <Button kind="primary" size="form" type="submit">
        Explain
      </Button>
    </form>
  )
}
