import { type ReactNode, useEffect, useRef } from 'react'
import type { CombinedError } from 'urql'
import { codeOf, requestIdOf } from '../api/refusal.ts'
import { Button } from './button.tsx'
import { Note } from './note.tsx'
import styles from './page.module.css'

/** The frame of a page: its title takes the focus when one comes here, and names the tab. */
export function Page({
  title,
  tab,
  aside,
  actions,
  above,
  children,
}: {
  title: ReactNode
  /** The tab's name; without it the title, where that is text. */
  tab?: string
  /** Right of the title, quiet: a count, a sentence. */
  aside?: ReactNode
  actions?: ReactNode
  above?: ReactNode
  children: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const name = tab ?? (typeof title === 'string' ? title : '')
  useEffect(() => {
    document.title = name === '' ? 'Chatelaine' : `${name} · Chatelaine`
  }, [name])
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <main className={styles.page} id="content">
      {above}
      <div className={styles.titleLine}>
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </main>
  )
}

/** A part of a page that could not be loaded: in its place, the rest stands. @param what `Apps`; plural */
export function Fault({ what, error, onRetry }: { what: string; error: CombinedError; onRetry: () => void }) {
  const id = requestIdOf(error)
  return (
    <Note
      tone="fault"
      action={
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      }
    >
      <strong>{what} could not be loaded.</strong>{' '}
      {error.networkError
        ? 'The server could not be reached.'
        : codeOf(error) === 'INTERNAL'
          ? 'The server answered with a fault.'
          : error.graphQLErrors[0]?.message}
      {id && codeOf(error) === 'INTERNAL' && (
        <>
          {' '}
          Its log has the details under <code>{id}</code>.
        </>
      )}
    </Note>
  )
}

/** Said where a list is empty. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <strong>{title}</strong>
      <p>{children}</p>
      {action}
    </div>
  )
}
