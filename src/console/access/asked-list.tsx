import { Link } from '@tanstack/react-router'
import { Ban, CircleCheck, CircleHelp } from 'lucide-react'
import panel from '../parts/panel.module.css'
import type { Asked } from './asked-before.ts'
import styles from './asked-list.module.css'

const VERDICTS = {
  allowed: { words: 'Allowed', Icon: CircleCheck, look: styles.allowed },
  refused: { words: 'Refused', Icon: Ban, look: styles.refused },
  'no-match': { words: 'No match', Icon: CircleHelp, look: styles.noMatch },
}

/** Earlier questions of this tab, to be asked again. */
export function AskedList({ asked }: { asked: readonly Asked[] }) {
  if (asked.length === 0) return null
  return (
    <section className={styles.asked} aria-labelledby="asked">
      <h2 id="asked">Asked before</h2>
      <ul className={panel.panel} aria-labelledby="asked">
        {asked.map(({ app, appName, method, url, verdict }) => {
          const { words, Icon, look } = VERDICTS[verdict]
          return (
            <li key={`${app} ${method} ${url}`}>
              <Link to="/access" search={{ app, method, url }} className={styles.row}>
                <span className={`${styles.verdict} ${look}`}>
                  <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
                  {words}
                </span>
                <bdi className={styles.app}>{appName}</bdi>
                <code className={styles.method}>{method}</code>
                <code className={styles.url}>{url}</code>
              </Link>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
