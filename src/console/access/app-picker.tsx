import { Combobox } from '@base-ui/react/combobox'
import { Check, ChevronsUpDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import popup from '../parts/filter-chip.module.css'
import menu from '../parts/menu.module.css'
import { usePopupPlace } from '../parts/popup-place.ts'
import select from '../parts/select.module.css'
import styles from './access-page.module.css'

const FindApps = graphql(`
  query FindApps($search: String) {
    apps(first: 50, filter: { search: $search }, orderBy: { field: NAME, direction: ASC }) { nodes { id name clientId } }
  }
`)

type Found = NonNullable<ResultOf<typeof FindApps>['apps']>['nodes'][number]

const SEARCH_MS = 150

/** Picks one of the account's apps, searched by typing. @param app the one picked, null for none yet */
export function AppPicker({
  app,
  onPick,
}: {
  app: { id: string; name: string } | null
  onPick: (app: { id: string; name: string }) => void
}) {
  const [button, place] = usePopupPlace()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const search = useLater(typed.trim())
  const [{ data, fetching }] = useQuery({
    query: FindApps,
    variables: { search: search === '' ? null : search },
    pause: !open,
    requestPolicy: 'cache-and-network',
  })
  const found = data?.apps?.nodes ?? []
  return (
    <Combobox.Root<Found>
      items={found}
      filter={null}
      value={app ? { ...app, clientId: '' } : null}
      onValueChange={(next) => next && onPick({ id: next.id, name: next.name })}
      itemToStringLabel={({ name }) => name}
      isItemEqualToValue={(one, other) => one.id === other.id}
      inputValue={typed}
      onInputValueChange={setTyped}
      open={open}
      onOpenChange={setOpen}
      autoHighlight
    >
      <Combobox.Trigger ref={button} className={`${select.trigger} ${select.large} ${select.wide}`} aria-label="App">
        <bdi className={styles.appName}>{app?.name ?? 'Choose an app'}</bdi>
        <ChevronsUpDown size={16} strokeWidth={1.75} className={select.icon} aria-hidden="true" />
      </Combobox.Trigger>
      <Combobox.Portal container={place} className={menu.portal}>
        <Combobox.Positioner className={popup.positioner} align="start" sideOffset={6}>
          <Combobox.Popup className={popup.popup} aria-label="Apps">
            <Combobox.Input className={popup.input} aria-label="Search apps" placeholder="Search" />
            <Combobox.Empty>
              <p className={popup.note}>{fetching ? 'Searching' : 'No app matches.'}</p>
            </Combobox.Empty>
            <Combobox.List className={popup.list}>
              {(each: Found) => (
                <Combobox.Item key={each.id} value={each} className={popup.item}>
                  <span className={popup.tick}>
                    <Combobox.ItemIndicator>
                      <Check size={16} strokeWidth={1.75} aria-hidden="true" />
                    </Combobox.ItemIndicator>
                  </span>
                  <bdi className={popup.label}>{each.name}</bdi>
                  <span className={popup.hint}>{each.clientId}</span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

/** A text that was left alone for a moment. */
function useLater(text: string): string {
  const [later, setLater] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setLater(text), SEARCH_MS)
    return () => clearTimeout(timer)
  }, [text])
  return later
}
