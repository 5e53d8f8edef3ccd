import { type LucideIcon, Plus, X } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import styles from './chip.module.css'

/**
 * The frame of a filter: what it is and what it is set to, and a button that clears it.
 * @param unset what the button says while nothing is filtered by it: `Any time`
 * @param trigger makes the button that opens it, out of the class and the words given
 * @param value what it is set to; undefined: nothing is filtered by it
 */
export function Chip({
  name,
  unset = name,
  icon: Icon = Plus,
  value,
  trigger,
  onClear,
}: {
  name: string
  unset?: string
  icon?: LucideIcon
  value?: ReactNode
  trigger: (button: { className: string; children: ReactNode }) => ReactElement
  onClear: () => void
}) {
  const isSet = value !== undefined
  const words = isSet ? (
    <span className={styles.words}>
      {name}: <strong>{value}</strong>
    </span>
  ) : (
    <>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" className={styles.icon} />
      {unset}
    </>
  )
  return (
    <span className={`${styles.chip} ${isSet ? styles.set : ''}`}>
      {trigger({ className: styles.open ?? '', children: words })}
      {isSet && (
        <button
          type="button"
          className={styles.clear}
          aria-label={`Clear ${name}`}
          title={`Clear ${name}`}
          onClick={onClear}
        >
          <X size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
      )}
    </span>
  )
}

/** A row of chips, which alone scrolls sideways on a narrow screen. */
export function Chips({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>
}
