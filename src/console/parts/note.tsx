import { CircleAlert, EyeOff, History, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './note.module.css'

const ICONS = {
  danger: CircleAlert,
  fault: TriangleAlert,
  grace: TriangleAlert,
  once: EyeOff,
  accent: History,
  plain: Info,
}

/** A sentence with weight, in place. @param tone danger and fault are read out at once by screen readers */
export function Note({
  tone,
  action,
  children,
}: {
  tone: keyof typeof ICONS
  action?: ReactNode
  children: ReactNode
}) {
  const Icon = ICONS[tone]
  return (
    <div
      className={`${styles.note} ${styles[tone]}`}
      role={tone === 'danger' || tone === 'fault' ? 'alert' : undefined}
    >
      <Icon size={18} strokeWidth={1.75} className={styles.icon} aria-hidden="true" />
      <div className={styles.words}>{children}</div>
      {action && <div className={styles.action}>{action}</div>}
    </div>
  )
}
