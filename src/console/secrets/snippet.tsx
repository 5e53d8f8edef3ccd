import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import styles from './copy-secret.module.css'

/** A piece of text for a machine, to copy or, with a file name, to download. @param label for screen readers: `.env` */
export function Snippet({
  title,
  label,
  text,
  file,
  children,
}: {
  title: ReactNode
  label: string
  text: string
  file?: string
  children: ReactNode
}) {
  return (
    <section className={styles.snippet} aria-label={label}>
      <div className={styles.head}>
        <h3>{title}</h3>
        <CopyButton text={text} what="Copy" label={`Copy ${label}`} kind="quiet" size="small" />
        {file !== undefined && (
          <Button kind="quiet" size="small" onClick={() => download(text, file)}>
            <Download size={16} strokeWidth={1.75} aria-hidden="true" />
            Download
          </Button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0}>
        {children}
      </pre>
    </section>
  )
}

/** The address of the text lives for the click alone. */
function download(text: string, file: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = file
  link.click()
  URL.revokeObjectURL(link.href)
}
