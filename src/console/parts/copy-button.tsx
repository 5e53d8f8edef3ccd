import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, type ButtonLook, IconButton } from './button.tsx'
import styles from './copy-button.module.css'

const SHOWN_MS = 2000

function useCopied(text: string) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return { copied, copy }
}

/**
 * Copies a text; says "Copied" for 2 s in its place, without changing its width.
 * @param what `Copy client ID`
 * @param label the whole of it for screen readers, where `what` is only `Copy`
 */
export function CopyButton({
  text,
  what,
  label,
  ...look
}: { text: string; what: string; label?: string } & ButtonLook) {
  const { copied, copy } = useCopied(text)
  return (
    <Button {...look} onClick={copy} aria-label={copied ? undefined : label}>
      {copied ? <Check size={16} strokeWidth={1.75} /> : <Copy size={16} strokeWidth={1.75} />}
      <span className={styles.words}>
        <span className={copied ? styles.away : undefined}>{what}</span>
        <span className={copied ? undefined : styles.away} aria-live="polite">
          {copied ? 'Copied' : ''}
        </span>
      </span>
    </Button>
  )
}

/** The same as an icon alone. */
export function CopyIcon({ text, what }: { text: string; what: string }) {
  const { copied, copy } = useCopied(text)
  return (
    <IconButton label={copied ? 'Copied' : what} size="small" onClick={copy}>
      {copied ? <Check size={16} strokeWidth={1.75} /> : <Copy size={16} strokeWidth={1.75} />}
    </IconButton>
  )
}
