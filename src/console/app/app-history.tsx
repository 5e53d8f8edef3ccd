import { Link } from '@tanstack/react-router'
import { kindOf } from '../live/kinds.ts'
import { Button } from '../parts/button.tsx'
import { Instant } from '../parts/instant.tsx'
import { Mark, shapeOf } from '../parts/mark.tsx'
import { Sequence } from '../parts/sequence.tsx'
import styles from './app-history.module.css'
import type { AppEvents } from './use-app-history.ts'

/** The app's own events on a dashed rail, newest first; a number opens the app as it was after it. */
export function AppHistory({ appId, history, at }: { appId: string; history: AppEvents; at?: number }) {
  const newestFirst = history.events.toReversed()
  return (
    <aside className={styles.history} aria-label="History of this app">
      <div className={styles.title}>
        <h2>History</h2>
        <Link to="/audit" search={{ app: appId }}>
          Open in audit
        </Link>
      </div>
      <ol className={styles.rail}>
        {newestFirst.map((event, index) => (
          <li key={event.sequence} className={styles.event}>
            <Link
              from="/apps/$appId"
              to="."
              search={(search) => ({ ...search, at: event.sequence })}
              className={styles.number}
              aria-current={event.sequence === at ? 'true' : undefined}
              title="As it was after this"
            >
              <Sequence value={event.sequence} above={newestFirst[index - 1]?.sequence} strong={index === 0} />
            </Link>
            <span className={styles.mark}>
              <Mark shape={shapeOf(event.type)} />
            </span>
            <div className={styles.words}>
              <div>{kindOf(event)}</div>
              <div className={styles.who}>
                <Instant at={event.occurredAt} /> · <bdi>{event.actorName}</bdi>
              </div>
            </div>
          </li>
        ))}
      </ol>
      {history.loadEarlier && (
        <Button size="small" kind="quiet" onClick={history.loadEarlier}>
          Earlier events
        </Button>
      )}
    </aside>
  )
}
