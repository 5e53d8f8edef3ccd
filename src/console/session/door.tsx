import type { ReactNode } from 'react'
import { Emblem, Mark, type MarkShape } from '../parts/mark.tsx'
import styles from './door.module.css'

/** The frame of what stands before an account: sign-in, invitation, the question which account. */
export function Door({ children }: { children: ReactNode }) {
  return (
    <main className={styles.door} id="content">
      <div className={styles.rail}>
        <header className={styles.head}>
          <span className={styles.emblem}>
            <Emblem size={48} />
          </span>
          <h1>Chatelaine</h1>
          <span className="mono">{location.host}</span>
        </header>
        {children}
      </div>
    </main>
  )
}

/** A row that hangs on the rail. */
export function DoorMark({ shape, children }: { shape: MarkShape; children: ReactNode }) {
  return (
    <div className={styles.row}>
      <span className={styles.mark}>
        <Mark shape={shape} />
      </span>
      {children}
    </div>
  )
}
