import { Combobox } from '@base-ui/react/combobox'
import { useNavigate } from '@tanstack/react-router'
import { Check, ChevronsUpDown } from 'lucide-react'
import { useState } from 'react'
import { useClient, useQuery } from 'urql'
import { graphql } from '../api/graphql.ts'
import { wordsOf } from '../members/role.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import popup from '../parts/filter-chip.module.css'
import menu from '../parts/menu.module.css'
import { usePopupPlace } from '../parts/popup-place.ts'
import { switchAccount } from '../session/switch-account.ts'
import type { Viewer } from '../session/viewer.ts'
import { useComeIn, useViewer } from '../session/viewer-context.tsx'
import { NewAccountDialog, RenameAccountDialog } from './account-dialogs.tsx'
import styles from './account-switcher.module.css'

const MayCreateAccounts = graphql(`query MayCreateAccounts { viewer { mayCreateAccounts } }`)

type Membership = Viewer['memberships'][number]

/** Which account this tab shows, and the way into another: of this tab alone. */
export function AccountSwitcher() {
  const { account, role, memberships } = useViewer()
  const [button, place] = usePopupPlace()
  const [open, setOpen] = useState(false)
  const [{ data }] = useQuery({ query: MayCreateAccounts, pause: !open })
  const [dialog, setDialog] = useState<'new' | 'rename' | null>(null)
  const { go, problem, forget } = useGoTo()
  const show = (next: typeof dialog) => {
    setOpen(false)
    setDialog(next)
  }
  return (
    <>
      <Combobox.Root<Membership>
        items={memberships}
        value={memberships.find((each) => each.account.id === account.id) ?? null}
        onValueChange={(next) => next && next.account.id !== account.id && void go(next.account.id)}
        itemToStringLabel={(each) => each.account.name}
        isItemEqualToValue={(one, other) => one.account.id === other.account.id}
        open={open}
        onOpenChange={setOpen}
        autoHighlight
      >
        <Combobox.Trigger ref={button} className={styles.trigger} aria-label={`Account: ${account.name}`}>
          <bdi className={styles.name}>{account.name}</bdi>
          <ChevronsUpDown size={16} strokeWidth={1.75} className={styles.icon} aria-hidden="true" />
        </Combobox.Trigger>
        <Combobox.Portal container={place} className={menu.portal}>
          <Combobox.Positioner className={popup.positioner} align="start" sideOffset={6}>
            <Combobox.Popup className={`${popup.popup} ${styles.popup}`} aria-label="Accounts">
              <Combobox.Input className={popup.input} aria-label="Search accounts" placeholder="Search" />
              <Combobox.Empty>
                <p className={popup.note}>No account of yours matches.</p>
              </Combobox.Empty>
              <Combobox.List className={popup.list}>
                {(each: Membership) => (
                  <Combobox.Item key={each.account.id} value={each} className={popup.item}>
                    <span className={popup.tick}>
                      <Combobox.ItemIndicator>
                        <Check size={16} strokeWidth={1.75} aria-hidden="true" />
                      </Combobox.ItemIndicator>
                    </span>
                    <bdi className={popup.label}>{each.account.name}</bdi>
                    <span className={styles.role}>{wordsOf(each.role).name}</span>
                  </Combobox.Item>
                )}
              </Combobox.List>
              <div className={styles.foot}>
                {(role === 'OWNER' || role === 'ADMIN') && (
                  <Button kind="quiet" onClick={() => show('rename')}>
                    Rename…
                  </Button>
                )}
                {data?.viewer?.mayCreateAccounts && (
                  <Button kind="quiet" onClick={() => show('new')}>
                    New account…
                  </Button>
                )}
              </div>
            </Combobox.Popup>
          </Combobox.Positioner>
        </Combobox.Portal>
      </Combobox.Root>
      <NewAccountDialog open={dialog === 'new'} onClose={() => setDialog(null)} onMade={go} />
      <RenameAccountDialog open={dialog === 'rename'} onClose={() => setDialog(null)} />
      <Dialog
        open={problem !== null}
        onClose={forget}
        title="The account was not changed"
        foot={<Button onClick={forget}>Close</Button>}
      >
        <p>{problem}</p>
      </Dialog>
    </>
  )
}

/** Takes the session and this tab into another account, to its apps: what was open belongs to the one before. */
function useGoTo() {
  const client = useClient()
  const navigate = useNavigate()
  const comeIn = useComeIn()
  const [problem, setProblem] = useState<string | null>(null)
  const go = async (accountId: string) => {
    const refusal = await switchAccount(client, accountId)
    setProblem(refusal)
    if (refusal !== null) return
    await navigate({ to: '/apps' })
    comeIn()
  }
  return { go, problem, forget: () => setProblem(null) }
}
