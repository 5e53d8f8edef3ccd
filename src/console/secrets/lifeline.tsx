import { useId } from 'react'
import { type Axis, placeOf } from './axis.ts'
import styles from './lifeline.module.css'
import type { Secret } from './secret-fields.ts'

/** A secret's life: thin is behind us, hatched is what is left of its grace, dotted has no end. Its row says it in words. */
export function Lifeline({ secret, axis }: { secret: Secret; axis: Axis }) {
  const hatch = useId()
  const at = (instant: string) => placeOf(axis, Date.parse(instant))
  const now = placeOf(axis, axis.now)
  const made = at(secret.createdAt)
  const replaced = secret.replacedAt === null ? now : at(secret.replacedAt)
  const end = secret.expiresAt === null ? 100 : at(secret.expiresAt)
  const off = secret.status === 'DISABLED'
  const tone = off ? styles.off : styles.grace
  return (
    <svg className={styles.lifeline} aria-hidden="true">
      <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className={styles.soft} width="6" height="6" />
        <rect className={tone} width="2" height="6" />
      </pattern>
      <line className={styles.now} x1={`${now}%`} x2={`${now}%`} y1="0" y2="100%" />
      <g className={styles.middle}>
        {secret.current ? (
          <>
            <rect
              className={off ? styles.off : styles.live}
              x={`${made}%`}
              y="-5"
              width={`${now - made}%`}
              height="10"
            />
            <line
              className={`${styles.dotted} ${off ? styles.offLine : styles.liveLine}`}
              x1={`${now}%`}
              x2="100%"
              y1="0"
              y2="0"
            />
          </>
        ) : (
          <>
            <rect className={styles.behind} x={`${made}%`} y="-2" width={`${replaced - made}%`} height="4" />
            <rect className={styles.grace} x={`${replaced}%`} y="-2" width={`${now - replaced}%`} height="4" />
            {secret.awaitsFirstUse ? (
              <line className={`${styles.dotted} ${styles.graceLine}`} x1={`${now}%`} x2={`${end}%`} y1="0" y2="0" />
            ) : (
              <>
                <rect
                  className={styles.left}
                  fill={`url(#${hatch})`}
                  x={`${now}%`}
                  y="-5"
                  width={`${Math.max(0.5, end - now)}%`}
                  height="10"
                />
                <line
                  className={`${styles.end} ${off ? styles.offLine : styles.graceLine}`}
                  x1={`${end}%`}
                  x2={`${end}%`}
                  y1="-9"
                  y2="9"
                />
              </>
            )}
          </>
        )}
      </g>
    </svg>
  )
}
