import { Page } from '../parts/page.tsx'
import { ChangePasswordForm } from './change-password.tsx'
import { SessionsList } from './sessions-list.tsx'
import styles from './sessions-page.module.css'

/** One's own sign-ins and password, whichever account one is in. */
export default function SessionsPage() {
  return (
    <Page title="Your sessions" aside="Times in UTC">
      <div className={styles.parts}>
        <SessionsList />
        <ChangePasswordForm />
      </div>
    </Page>
  )
}
