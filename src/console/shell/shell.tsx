import { Link, useNavigate } from '@tanstack/react-router'
import { LayoutList, Route, ScrollText, Users } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { Emblem } from '../parts/mark.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { AccountSwitcher } from './account-switcher.tsx'
import { Head } from './head.tsx'
import { KeyboardHelp } from './keyboard-help.tsx'
import { PersonMenu } from './person-menu.tsx'
import styles from './shell.module.css'
import { ThemeMenu } from './theme-menu.tsx'

const PLACES = [
  { to: '/apps', name: 'Apps', Icon: LayoutList },
  { to: '/audit', name: 'Audit', Icon: ScrollText },
  { to: '/access', name: 'Access', Icon: Route },
  { to: '/members', name: 'Members', Icon: Users },
] as const

/** The bar above every page, the places, and the head of the ledger. */
export function Shell({ children }: { children: ReactNode }) {
  const navigate = useNavigate()
  const shortcuts = useMemo(
    () => ({
      'g a': () => void navigate({ to: '/apps' }),
      'g u': () => void navigate({ to: '/audit' }),
      'g x': () => void navigate({ to: '/access' }),
      'g m': () => void navigate({ to: '/members' }),
    }),
    [navigate],
  )
  useShortcuts(shortcuts)
  return (
    <>
      <a href="#content" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.bar}>
        <div className={styles.barInside}>
          <Link to="/apps" className={styles.home} aria-label="Chatelaine, apps">
            <Emblem />
            <span className={styles.name}>Chatelaine</span>
          </Link>
          <AccountSwitcher />
          <nav className={styles.places} aria-label="Places">
            {PLACES.map(({ to, name, Icon }) => (
              <Link key={to} to={to} className={styles.place} activeProps={{ className: styles.current }}>
                <Icon size={18} strokeWidth={1.75} aria-hidden="true" className={styles.placeIcon} />
                {name}
              </Link>
            ))}
          </nav>
          <div className={styles.right}>
            <Head />
            <KeyboardHelp />
            <ThemeMenu />
            <PersonMenu />
          </div>
        </div>
      </header>
      {children}
    </>
  )
}
