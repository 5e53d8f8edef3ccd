import { Field as BaseField } from '@base-ui/react/field'
import type { ComponentProps, ReactNode } from 'react'
import styles from './field.module.css'

export type FieldFrame = {
  label: ReactNode
  /** One sentence below the label. */
  hint?: ReactNode
  /** What is wrong with it; undefined where nothing is. */
  error?: string
}

/** Label, control, and what is wrong with it, bound together for screen readers. */
export function Field({ label, hint, error, children }: FieldFrame & { children: ReactNode }) {
  return (
    <BaseField.Root className={styles.field} invalid={error !== undefined}>
      <BaseField.Label className={styles.label}>{label}</BaseField.Label>
      {hint !== undefined && <BaseField.Description className={styles.hint}>{hint}</BaseField.Description>}
      {children}
      <BaseField.Error className={styles.error} match={error !== undefined}>
        {error}
      </BaseField.Error>
    </BaseField.Root>
  )
}

export function TextField({
  label,
  hint,
  error,
  large = false,
  after,
  ...input
}: FieldFrame & { large?: boolean; after?: ReactNode } & Omit<ComponentProps<typeof BaseField.Control>, 'className'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      <div className={styles.line}>
        <BaseField.Control {...input} className={`${styles.input} ${large ? styles.large : ''}`} />
        {after}
      </div>
    </Field>
  )
}

export function TextArea({
  label,
  hint,
  error,
  mono = false,
  ...area
}: FieldFrame & { mono?: boolean } & Omit<ComponentProps<'textarea'>, 'className' | 'ref'>) {
  return (
    <Field label={label} hint={hint} error={error}>
      <BaseField.Control
        render={<textarea {...area} />}
        className={`${styles.input} ${styles.area} ${mono ? 'mono' : ''}`}
      />
    </Field>
  )
}
