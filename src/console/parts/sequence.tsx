import styles from './sequence.module.css'

/**
 * A sequence number, grouped by margins so that a copied one is plain digits.
 * @param above the number in the row above: digits shared with it are quiet, those that turned are bold
 * @param strong all digits as if they had turned
 */
export function Sequence({ value, above, strong = false }: { value: number; above?: number; strong?: boolean }) {
  const digits = String(value)
  const shared = strong ? 0 : sharedDigits(digits, above)
  return (
    <span className={`${styles.sequence} numbers`}>
      <span className="unseen">{digits}</span>
      <span aria-hidden="true">
        {groups(digits).map(({ at, text }) => (
          <span key={at} className={styles.group}>
            <span className={styles.shared}>{text.slice(0, Math.max(0, shared - at))}</span>
            <span className={above === undefined && !strong ? undefined : styles.turned}>
              {text.slice(Math.max(0, shared - at))}
            </span>
          </span>
        ))}
      </span>
    </span>
  )
}

/** A count in words and headings, grouped the same way. */
export function Count({ value }: { value: number }) {
  return <Sequence value={value} />
}

function sharedDigits(digits: string, above: number | undefined): number {
  if (above === undefined) return 0
  const other = String(above)
  if (other.length !== digits.length) return 0
  let shared = 0
  while (shared < digits.length && digits[shared] === other[shared]) shared += 1
  return shared
}

function groups(digits: string): { at: number; text: string }[] {
  const first = digits.length % 3 || 3
  const cuts = [0]
  for (let at = first; at < digits.length; at += 3) cuts.push(at)
  return cuts.map((at, index) => ({ at, text: digits.slice(at, cuts[index + 1]) }))
}
