import { Combobox } from '@base-ui/react/combobox'
import { Check } from 'lucide-react'
import { type ReactNode, type RefObject, useState } from 'react'
import { Chip } from './chip.tsx'
import styles from './filter-chip.module.css'

/** One of what a filter offers. @param hint said quietly beside the label, and searched as well */
export type Choice = { value: string; label: string; hint?: string }

/**
 * A filter as a chip: it opens a list that one searches by typing, of which one or, with `several`, any number is chosen.
 *
 * @param name what it filters by: `App`
 * @param chosen those that are set, with their labels: they need not be among the `choices`
 * @param search told what is typed, where the server searches; the choices are then shown as they come
 * @param free makes a choice of what was typed, where any text will do; null while it is none
 * @param note a last line, quiet
 * @param openRef takes the button that opens it
 */
export function FilterChip({
  name,
  choices,
  chosen,
  onChange,
  several = false,
  search,
  free,
  note,
  openRef,
}: {
  name: string
  choices: readonly Choice[]
  chosen: readonly Choice[]
  onChange: (chosen: Choice[]) => void
  several?: boolean
  search?: (text: string) => void
  free?: (text: string) => Choice | null
  note?: ReactNode
  openRef?: RefObject<HTMLButtonElement | null>
}) {
  const [typed, setTyped] = useState('')
  const own = typed === '' ? null : (free?.(typed.trim()) ?? null)
  const items = own && choices.every(({ value }) => value !== own.value) ? [own, ...choices] : [...choices]
  const value = chosen.length > 1 ? String(chosen.length) : chosen[0]?.label
  return (
    <Combobox.Root<Choice, boolean>
      items={items}
      multiple={several}
      value={several ? [...chosen] : (chosen[0] ?? null)}
      onValueChange={(next) => onChange(Array.isArray(next) ? next : next === null ? [] : [next])}
      isItemEqualToValue={(one, other) => one.value === other.value}
      itemToStringLabel={wordsOf}
      filter={search ? null : undefined}
      inputValue={typed}
      onInputValueChange={(text) => {
        setTyped(text)
        search?.(text)
      }}
      autoHighlight
    >
      <Chip
        name={name}
        value={value === undefined ? undefined : <bdi>{value}</bdi>}
        onClear={() => onChange([])}
        trigger={(button) => <Combobox.Trigger {...button} ref={openRef} />}
      />
      <Combobox.Portal>
        <Combobox.Positioner className={styles.positioner} align="start" sideOffset={6}>
          <Combobox.Popup className={styles.popup} aria-label={name}>
            <Combobox.Input className={styles.input} aria-label={`Search: ${name}`} placeholder="Search" />
            <Combobox.Empty>
              <p className={styles.note}>{free ? 'Type it whole.' : 'Nothing matches.'}</p>
            </Combobox.Empty>
            <Combobox.List className={styles.list}>
              {(choice: Choice) => (
                <Combobox.Item key={choice.value} value={choice} className={styles.item}>
                  <span className={styles.tick}>
                    <Combobox.ItemIndicator>
                      <Check size={16} strokeWidth={1.75} aria-hidden="true" />
                    </Combobox.ItemIndicator>
                  </span>
                  <bdi className={styles.label}>{choice.label}</bdi>
                  {choice.hint !== undefined && <span className={styles.hint}>{choice.hint}</span>}
                </Combobox.Item>
              )}
            </Combobox.List>
            {note !== undefined && <p className={styles.note}>{note}</p>}
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

/** What a search looks in. */
function wordsOf({ label, hint }: Choice): string {
  return hint === undefined ? label : `${label} ${hint}`
}
