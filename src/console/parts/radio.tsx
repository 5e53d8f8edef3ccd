import { Radio as BaseRadio } from '@base-ui/react/radio'
import type { ReactNode } from 'react'
import styles from './radio.module.css'

/** One of a RadioGroup, with its words, of which a click on either chooses it. */
export function LabelledRadio({ value, children }: { value: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is Base UI's radio within
    <label className={styles.labelled}>
      <BaseRadio.Root value={value} className={styles.radio}>
        <BaseRadio.Indicator className={styles.dot} />
      </BaseRadio.Root>
      <span className={styles.words}>{children}</span>
    </label>
  )
}
