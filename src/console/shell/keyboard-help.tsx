import { Keyboard } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button, IconButton } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { type KeyHelp, useAllKeyHelp, useShortcuts, useShortcutsOn } from '../parts/shortcuts.ts'
import styles from './keyboard-help.module.css'

const EVERYWHERE: KeyHelp = [
  { keys: ['g a'], does: 'Apps' },
  { keys: ['g u'], does: 'Audit' },
  { keys: ['g x'], does: 'Access' },
  { keys: ['g m'], does: 'Members' },
  { keys: ['?'], does: 'These keys' },
]

/** The keys of this page and of all, behind a button and `?`. */
export function KeyboardHelp() {
  const [open, setOpen] = useState(false)
  const [on] = useShortcutsOn()
  const ofPage = useAllKeyHelp().flat()
  useShortcuts(useMemo(() => ({ '?': () => setOpen(true) }), []))
  const close = () => setOpen(false)
  return (
    <>
      <span className={styles.button}>
        <IconButton label="Keyboard" size="small" onClick={() => setOpen(true)}>
          <Keyboard size={16} strokeWidth={1.75} />
        </IconButton>
      </span>
      <Dialog open={open} onClose={close} title="Keyboard" foot={<Button onClick={close}>Close</Button>}>
        {!on && <p>Single-key shortcuts are off. The person menu switches them on.</p>}
        {ofPage.length > 0 && <Keys title="This page" help={ofPage} />}
        <Keys title="Everywhere" help={EVERYWHERE} />
      </Dialog>
    </>
  )
}

function Keys({ title, help }: { title: string; help: KeyHelp }) {
  return (
    <section className={styles.keys}>
      <h3>{title}</h3>
      <dl>
        {help.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
