import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Connection, HistoryState } from '../live/history.ts'
import { useLiveHistory } from '../live/history-context.tsx'
import { Sequence } from '../parts/sequence.tsx'
import styles from './head.module.css'

/** The head of the ledger: how the tab stands to the history, and the newest number. On every page, a link to Audit. */
export function Head() {
  const { connection, head, held } = useLiveHistory()
  const { word, look } = sayOf(connection, held)
  return (
    <Link to="/audit" className={`${styles.head} ${styles[look]}`}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={look === 'waiting' ? styles.wordThatHides : undefined}>{word}</span>
      {head !== null && <Sequence value={head} strong />}
      <Announcement connection={connection} />
    </Link>
  )
}

type Look = 'live' | 'busy' | 'waiting' | 'off' | 'held'

/** The connection in a word, and how it is drawn. */
export function sayOf(connection: Connection, held: HistoryState['held']): { word: string; look: Look } {
  if (held && connection.state === 'live') return { word: 'Held', look: 'held' }
  switch (connection.state) {
    case 'connecting':
      return { word: 'Connecting', look: 'busy' }
    case 'catching-up':
      return { word: 'Catching up', look: 'busy' }
    case 'live':
      return { word: 'Live', look: 'live' }
    case 'reconnecting':
      return { word: 'Reconnecting', look: 'waiting' }
    case 'expired':
      return { word: 'A gap', look: 'off' }
    case 'signed-out':
      return { word: 'Signed out', look: 'off' }
    case 'offline':
      return { word: 'Offline', look: 'off' }
    case 'refused':
      return { word: 'Not live', look: 'off' }
  }
}

/** Each change of the connection is said once; the counting number never is. */
function Announcement({ connection }: { connection: Connection }) {
  const { word } = sayOf(connection, false)
  const [said, setSaid] = useState('')
  useEffect(() => setSaid(word), [word])
  return (
    <span className="unseen" role="status">
      {said}
    </span>
  )
}
