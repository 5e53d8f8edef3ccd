import { Select as BaseSelect } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import menu from './menu.module.css'
import { usePopupPlace } from './popup-place.ts'
import styles from './select.module.css'

export type Option<Value extends string> = {
  value: Value
  words: string
  /** What choosing it means, below it in the list. */
  hint?: string
}

/**
 * One of a few. Inside a Field its label is the field's; elsewhere it needs `label`.
 * @param look inRow: without a border, for a value in a table. large: on a page's own form
 */
export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
  look,
  mono = false,
  wide = false,
  disabled = false,
}: {
  label?: string
  value: Value
  options: readonly Option<Value>[]
  onChange: (value: Value) => void
  look?: 'inRow' | 'large'
  mono?: boolean
  wide?: boolean
  disabled?: boolean
}) {
  const [button, place] = usePopupPlace()
  const classes = [styles.trigger, look && styles[look], mono && styles.mono, wide && styles.wide]
  return (
    <BaseSelect.Root
      value={value}
      onValueChange={(next) => next !== null && onChange(next)}
      items={options.map(({ value, words }) => ({ value, label: words }))}
      disabled={disabled}
    >
      <BaseSelect.Trigger ref={button} className={classes.filter(Boolean).join(' ')} aria-label={label}>
        <BaseSelect.Value />
        <ChevronDown size={16} strokeWidth={1.75} className={styles.icon} aria-hidden="true" />
      </BaseSelect.Trigger>
      <BaseSelect.Portal container={place} className={menu.portal}>
        <BaseSelect.Positioner className={menu.positioner} sideOffset={4} alignItemWithTrigger={false} align="start">
          <BaseSelect.Popup className={`${menu.popup} ${styles.popup}`}>
            {options.map(({ value, words, hint }) => (
              <BaseSelect.Item key={value} value={value} className={`${menu.item} ${styles.item}`}>
                <span className={styles.words}>
                  <BaseSelect.ItemText className={mono ? 'mono' : undefined}>{words}</BaseSelect.ItemText>
                  {hint && <span className={styles.hint}>{hint}</span>}
                </span>
                <BaseSelect.ItemIndicator className={styles.chosen}>
                  <Check size={16} strokeWidth={1.75} aria-hidden="true" />
                </BaseSelect.ItemIndicator>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}
