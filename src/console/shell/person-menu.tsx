import { Link } from '@tanstack/react-router'
import { Menu, MenuChoice, MenuItem, MenuRule } from '../parts/menu.tsx'
import { useShortcutsOn } from '../parts/shortcuts.ts'
import { useSignOut } from '../session/use-sign-out.ts'
import { useViewer } from '../session/viewer-context.tsx'
import styles from './person-menu.module.css'

/** Own things: sessions, password, theme, keys, the API explorer, the way out. */
export function PersonMenu() {
  const { actor } = useViewer()
  const signOut = useSignOut()
  const [shortcutsOn, setShortcutsOn] = useShortcutsOn()
  const email = actor.__typename === 'User' ? actor.email : ''
  return (
    <Menu
      trigger={
        <button type="button" className={styles.person} aria-label={`You, ${email}`}>
          {initialsOf(actor.__typename === 'User' ? (actor.name ?? email) : '')}
        </button>
      }
    >
      <p className={styles.email}>
        <bdi>{email}</bdi>
      </p>
      <MenuItem render={<Link to="/sessions" />}>Your sessions and password</MenuItem>
      <MenuItem render={<a href="/graphql">API explorer</a>}>API explorer</MenuItem>
      <MenuRule />
      <MenuChoice
        label="Single-key shortcuts"
        value={shortcutsOn ? 'on' : 'off'}
        onChange={(value) => setShortcutsOn(value === 'on')}
        options={[
          ['on', 'On'],
          ['off', 'Off'],
        ]}
      />
      <MenuRule />
      <MenuItem onClick={signOut}>Sign out</MenuItem>
    </Menu>
  )
}

function initialsOf(name: string): string {
  const words = name.split(/[\s@.]+/).filter(Boolean)
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('')
}
