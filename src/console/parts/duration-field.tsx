import { Fieldset } from '@base-ui/react/fieldset'
import { NumberField } from '@base-ui/react/number-field'
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { type ReactNode, useId, useState } from 'react'
import { naturalUnit, type Unit, unitOf, unitOptions, wireDuration } from './duration.ts'
import styles from './duration-field.module.css'
import field from './field.module.css'
import { Select } from './select.tsx'

/**
 * A length of time: a preset, or a number and its unit; one value, in seconds.
 * @param value null while the number is missing
 * @param rule said in red while the value is missing or outside of min to max: `A token lives 1 minute to 30 days.`
 * @param error what else is wrong, as the API said it
 */
export function DurationField({
  label,
  hint,
  presets,
  min,
  max,
  rule,
  value,
  onChange,
  error,
}: {
  label: string
  hint?: ReactNode
  presets: readonly { seconds: number; word: string }[]
  min: number
  max: number
  rule: string
  value: number | null
  onChange: (value: number | null) => void
  error?: string
}) {
  const errorId = useId()
  const [entry, setEntry] = useState<{ seconds: number | null; unit: Unit }>()
  // The unit stays as it was chosen for as long as the value is what was entered with it: 24 hours do not turn into a day.
  const unit = entry && entry.seconds === value ? entry.unit : naturalUnit(value ?? min)
  const amount = value === null ? null : value / unitOf(unit).seconds
  const enter = (nextAmount: number | null, nextUnit: Unit) => {
    const seconds = nextAmount === null ? null : Math.round(nextAmount * unitOf(nextUnit).seconds)
    setEntry({ seconds, unit: nextUnit })
    onChange(seconds)
  }
  const mistake = isDurationWithin(value, min, max) ? error : rule
  return (
    <Fieldset.Root className={styles.field}>
      <Fieldset.Legend className={field.label}>{label}</Fieldset.Legend>
      {hint !== undefined && <p className={field.hint}>{hint}</p>}
      <div className={styles.controls}>
        <ToggleGroup
          aria-label={`${label}: presets`}
          className={styles.presets}
          value={[String(value)]}
          onValueChange={([chosen]) => chosen !== undefined && onChange(Number(chosen))}
        >
          {presets.map(({ seconds, word }) => (
            <Toggle key={seconds} value={String(seconds)} className={styles.preset}>
              {word}
            </Toggle>
          ))}
        </ToggleGroup>
        <div className={styles.free}>
          <NumberField.Root value={amount} onValueChange={(next) => enter(next, unit)} min={0} allowOutOfRange>
            <NumberField.Input
              className={styles.amount}
              aria-label={`${label}: number`}
              aria-invalid={mistake !== undefined}
              aria-describedby={mistake === undefined ? undefined : errorId}
            />
          </NumberField.Root>
          <Select
            label={`${label}: unit`}
            value={unit}
            options={unitOptions(amount)}
            onChange={(next) => enter(amount, next)}
          />
          {value !== null && <code className={styles.wire}>{wireDuration(value)}</code>}
        </div>
      </div>
      {mistake !== undefined && (
        <p id={errorId} className={field.error} role="alert">
          {mistake}
        </p>
      )}
    </Fieldset.Root>
  )
}

/** Whether a duration may be sent. @param value seconds; null where none was given */
export function isDurationWithin(value: number | null, min: number, max: number): value is number {
  return value !== null && value >= min && value <= max
}
