import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import styles from './menu.module.css'
import { usePopupPlace } from './popup-place.ts'

/** A button with a list of actions. @param trigger the button */
export function Menu({
  trigger,
  children,
  align = 'end',
}: {
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
}) {
  const [button, place] = usePopupPlace()
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger ref={button} render={trigger} />
      <BaseMenu.Portal container={place} className={styles.portal}>
        <BaseMenu.Positioner className={styles.positioner} align={align} sideOffset={6}>
          <BaseMenu.Popup className={styles.popup}>{children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

export function MenuItem({
  danger = false,
  disabled,
  onClick,
  render,
  children,
}: {
  danger?: boolean
  disabled?: boolean
  onClick?: () => void
  render?: ReactElement
  children: ReactNode
}) {
  return (
    <BaseMenu.Item
      className={`${styles.item} ${danger ? styles.danger : ''}`}
      disabled={disabled}
      onClick={onClick}
      render={render}
    >
      {children}
    </BaseMenu.Item>
  )
}

/** One of several, of which one is chosen. */
export function MenuChoice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className={styles.label}>{label}</BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={value} onValueChange={onChange}>
        {options.map(([option, words]) => (
          <BaseMenu.RadioItem key={option} value={option} className={styles.item} closeOnClick={false}>
            {words}
            <BaseMenu.RadioItemIndicator className={styles.chosen}>
              <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <path d="M3.5 8.500 6.500 11.500 12.500 5" fill="none" stroke="currentColor" strokeWidth="1.75" />
              </svg>
            </BaseMenu.RadioItemIndicator>
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  )
}

export function MenuRule() {
  return <BaseMenu.Separator className={styles.rule} />
}
