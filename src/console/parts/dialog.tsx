import { AlertDialog as BaseAlert } from '@base-ui/react/alert-dialog'
import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { type ReactNode, type RefObject, useRef } from 'react'
import { Button } from './button.tsx'
import styles from './dialog.module.css'

export type DialogFrame = {
  open: boolean
  onClose: () => void
  title: ReactNode
  children: ReactNode
}

/**
 * A dialog; a sheet from below on a narrow screen.
 * @param foot its buttons, right; text before them stands left
 * @param locked closes by its own buttons alone: neither Escape nor a click beside it
 * @param focusOn what has the focus first; else the first that can have it
 */
export function Dialog({
  open,
  onClose,
  title,
  foot,
  locked = false,
  focusOn,
  children,
}: DialogFrame & { foot?: ReactNode; locked?: boolean; focusOn?: RefObject<HTMLElement | null> }) {
  return (
    <BaseDialog.Root
      open={open}
      onOpenChange={(next) => !next && !locked && onClose()}
      disablePointerDismissal={locked}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.scrim} />
        <BaseDialog.Popup className={styles.dialog} initialFocus={focusOn}>
          <BaseDialog.Title className={styles.title}>{title}</BaseDialog.Title>
          <div className={styles.body}>{children}</div>
          {foot && <div className={styles.foot}>{foot}</div>}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}

/** A question before what cannot be undone. The focus begins on the safe button. */
export function Question({
  open,
  onClose,
  title,
  children,
  safe = 'Cancel',
  act,
  danger = true,
  disabled = false,
  busy = false,
  onAct,
  other,
}: DialogFrame & {
  safe?: string
  act: string
  danger?: boolean
  disabled?: boolean
  busy?: boolean
  onAct: () => void
  /** Another way, left of the buttons. */
  other?: ReactNode
}) {
  const safeButton = useRef<HTMLButtonElement>(null)
  return (
    <BaseAlert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseAlert.Portal>
        <BaseAlert.Backdrop className={styles.scrim} />
        <BaseAlert.Popup className={styles.dialog} initialFocus={safeButton}>
          <BaseAlert.Title className={styles.title}>{title}</BaseAlert.Title>
          <div className={styles.body}>{children}</div>
          <div className={styles.foot}>
            {other && <div className={styles.other}>{other}</div>}
            <Button ref={safeButton} onClick={onClose}>
              {safe}
            </Button>
            <Button kind={danger ? 'danger' : 'primary'} disabled={disabled || busy} onClick={onAct}>
              {act}
            </Button>
          </div>
        </BaseAlert.Popup>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  )
}
