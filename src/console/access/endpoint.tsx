import styles from './endpoint.module.css'
import { partsOfPath } from './question.ts'

/** METHOD, host and path; what stands for a value is bold. */
export function Endpoint({
  endpoint: { method, host, path },
}: {
  endpoint: { method: string; host: string; path: string }
}) {
  return (
    <span className={styles.endpoint}>
      <code className={styles.method}>{method}</code>
      <code className={styles.path}>
        {host}
        {partsOfPath(path).map(({ text, template }, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one path, which never move
          template ? <b key={index}>{text}</b> : <span key={index}>{text}</span>,
        )}
      </code>
    </span>
  )
}
