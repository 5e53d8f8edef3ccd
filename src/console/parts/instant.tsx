import { useMinute, useNow } from './clock.ts'
import styles from './instant.module.css'
import { ago, clockTime, countdown, fullInstant, shortInstant } from './time.ts'

/** An instant in UTC, as short as it can be said; the tooltip has it whole. */
export function Instant({ at, clock = false }: { at: string; clock?: boolean }) {
  const now = useMinute()
  const date = new Date(at)
  return (
    <time dateTime={at} title={fullInstant(date)} className={`${styles.instant} numbers`}>
      {clock ? clockTime(date) : shortInstant(date, now)}
    </time>
  )
}

/** When something was last used, to the minute. @param at null: never */
export function Ago({ at }: { at: string | null }) {
  const now = useMinute()
  if (at === null) return <>never</>
  const date = new Date(at)
  return (
    <time dateTime={at} title={fullInstant(date)}>
      {ago(date, now)}
    </time>
  )
}

/** What is left until an instant, from the one shared clock. @param toTheMinute in lists */
export function Countdown({ until, toTheMinute = false }: { until: string; toTheMinute?: boolean }) {
  const now = useNow()
  const { days, clock } = countdown(Date.parse(until), now, toTheMinute)
  return (
    <span className={`${styles.countdown} numbers`} title={fullInstant(new Date(until))}>
      {days > 0 && (
        <>
          {days}
          <span className={styles.unit}>d</span>{' '}
        </>
      )}
      {clock}
    </span>
  )
}
