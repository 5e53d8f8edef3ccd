import { useId } from 'react'
import { clockTime, shortDate } from '../parts/time.ts'
import lines from './lifeline.module.css'
import styles from './rotate.module.css'
import { LONGEST_GRACE, type Start } from './rotation.ts'

const NOW_AT = 20
const LAST_END_AT = 85
/** A minute and a month are seen on one line, because it is drawn by the logarithm. */
const GRAIN = 600

/** What will happen to the old secret and the new one, as a drawing. @param grace seconds */
export function RotatePreview({ hint, grace, start, now }: { hint: string; grace: number; start: Start; now: number }) {
  const hatch = useId()
  const waits = start === 'FIRST_USE' && grace > 0
  const end = placeOfGrace(waits ? LONGEST_GRACE : grace)
  const begin = waits ? placeOfGrace(LONGEST_GRACE) - (placeOfGrace(grace) - NOW_AT) : NOW_AT
  const at = new Date(now + (waits ? LONGEST_GRACE : grace) * 1000)
  const when = `${shortDate(at, now)} ${clockTime(at).slice(0, 5)}`
  const tone = grace === 0 ? lines.dangerLine : lines.graceLine
  return (
    <div className={styles.preview} aria-hidden="true">
      <span className={styles.previewHint}>…{hint}</span>
      <span className={styles.previewNew}>new</span>
      <svg className={styles.drawing} aria-hidden="true">
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect className={lines.soft} width="6" height="6" />
          <rect className={lines.grace} width="2" height="6" />
        </pattern>
        <text className={styles.nowWord} x={`${NOW_AT}%`} y="12">
          now
        </text>
        <text className={styles.endWord} x="100%" y="12">
          {grace === 0 ? 'ends at once' : `ends ${when}${waits ? ' at the latest' : ''}`}
        </text>
        <line className={lines.now} x1={`${NOW_AT}%`} x2={`${NOW_AT}%`} y1="18" y2="78" />
        <rect className={lines.behind} x="0" y="31" width={`${NOW_AT}%`} height="4" />
        {waits && (
          <line className={`${lines.dotted} ${lines.graceLine}`} x1={`${NOW_AT}%`} x2={`${begin}%`} y1="33" y2="33" />
        )}
        <rect
          className={lines.left}
          fill={`url(#${hatch})`}
          x={`${begin}%`}
          y="28"
          width={`${Math.max(0, end - begin)}%`}
          height="10"
        />
        <line className={`${lines.end} ${tone}`} x1={`${end}%`} x2={`${end}%`} y1="22" y2="44" />
        <rect className={lines.live} x={`${NOW_AT}%`} y="57" width="5" height="10" />
        <line className={`${lines.dotted} ${lines.liveLine}`} x1={`${NOW_AT + 2}%`} x2="100%" y1="62" y2="62" />
      </svg>
    </div>
  )
}

function placeOfGrace(seconds: number): number {
  const share = Math.log1p(seconds / GRAIN) / Math.log1p(LONGEST_GRACE / GRAIN)
  return NOW_AT + (LAST_END_AT - NOW_AT) * share
}
