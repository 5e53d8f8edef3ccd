import { useEffect } from 'react'
import { useNow } from '../parts/clock.ts'
import styles from './door.module.css'

/** Too many attempts; counts down until the next is taken. @param until instant in ms, by the server's clock */
export function Limited({ until, onOver }: { until: number; onOver: () => void }) {
  const now = useNow()
  const left = Math.ceil((until - now) / 1000)
  useEffect(() => {
    if (left <= 0) onOver()
  }, [left, onOver])
  const words = left > 90 ? `${Math.ceil(left / 60)} min` : `${Math.max(0, left)} s`
  return (
    <p role="alert" className={styles.limited}>
      Too many attempts. Try again in {words}.
    </p>
  )
}
