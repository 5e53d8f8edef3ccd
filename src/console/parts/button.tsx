import { Button as BaseButton } from '@base-ui/react/button'
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'

export type ButtonLook = {
  /** primary: at most one on a page. danger: destroys. quiet: no border. */
  kind?: 'plain' | 'primary' | 'danger' | 'danger-quiet' | 'quiet'
  size?: 'control' | 'small' | 'form'
}

/** The classes of a button, for what is one by role and not by element. */
export function buttonClass({ kind = 'plain', size = 'control' }: ButtonLook, more = ''): string {
  return `${styles.button} ${kind === 'plain' ? '' : styles[kind]} ${styles[size]} ${more}`
}

export function Button({
  kind,
  size,
  className,
  ...rest
}: ButtonLook & Omit<ComponentProps<typeof BaseButton>, 'className'> & { className?: string }) {
  return <BaseButton {...rest} className={buttonClass({ kind, size }, className)} />
}

/** @param label what it does, for screen readers and as its tooltip */
export function IconButton({
  label,
  size,
  className = '',
  ...rest
}: Pick<ButtonLook, 'size'> & { label: string; children: ReactNode } & Omit<
    ComponentProps<typeof BaseButton>,
    'className'
  > & { className?: string }) {
  return (
    <BaseButton
      {...rest}
      aria-label={label}
      title={label}
      className={buttonClass({ kind: 'quiet', size }, `${styles.icon} ${className}`)}
    />
  )
}

/** A link that looks like a button. */
export function ButtonLink({ kind, size, ...rest }: ButtonLook & LinkProps & { children: ReactNode }) {
  return <Link {...rest} className={buttonClass({ kind, size })} />
}
