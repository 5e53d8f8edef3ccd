import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Check, Minus } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import styles from './checkbox.module.css'

/** A box of two or three states; give it an `aria-label` where no label stands around it. */
export function Checkbox(props: Omit<ComponentProps<typeof BaseCheckbox.Root>, 'className'>) {
  return (
    <BaseCheckbox.Root {...props} className={styles.box}>
      <BaseCheckbox.Indicator className={styles.mark}>
        {props.indeterminate ? (
          <Minus size={14} strokeWidth={2.5} aria-hidden="true" />
        ) : (
          <Check size={14} strokeWidth={2.5} aria-hidden="true" />
        )}
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  )
}

/** A box with its words, of which a click on either ticks it. */
export function LabelledCheckbox({
  checked,
  onChange,
  children,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is Base UI's box within
    <label className={styles.labelled}>
      <Checkbox checked={checked} onCheckedChange={onChange} />
      <span>{children}</span>
    </label>
  )
}
