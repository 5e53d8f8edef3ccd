import { useViewer } from '../session/viewer-context.tsx'
import styles from './account-switcher.module.css'

/** Which account this tab shows. */
export function AccountSwitcher() {
  const { account } = useViewer()
  return (
    <span className={styles.account}>
      <bdi>{account.name}</bdi>
    </span>
  )
}
