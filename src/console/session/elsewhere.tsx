import { useMemo, useState } from 'react'
import { createApiClient } from '../api/client.ts'
import { Button } from '../parts/button.tsx'
import styles from './door.module.css'
import { Door, DoorMark } from './door.tsx'
import { switchAccount } from './switch-account.ts'
import { tabAccount, type Viewer } from './viewer.ts'

/** The session went to another account, in another tab: nothing of either is shown before one says which. */
export function Elsewhere({ viewer, shown, onSettled }: { viewer: Viewer; shown: string; onSettled: () => void }) {
  const client = useMemo(() => createApiClient(null, null, () => {}), [])
  const [wrong, setWrong] = useState<string | null>(null)
  const here = viewer.memberships.find(({ account }) => account.id === shown)?.account
  const goOn = () => {
    tabAccount.keep(viewer.account.id)
    onSettled()
  }
  const goBack = async () => {
    const problem = await switchAccount(client, shown)
    if (problem === null) onSettled()
    else setWrong(problem)
  }
  return (
    <Door>
      <div className={styles.form}>
        <DoorMark shape="updated">
          <p>
            You switched to <bdi>{viewer.account.name}</bdi> in another tab.{' '}
            {here ? (
              <>
                This one shows <bdi>{here.name}</bdi>.
              </>
            ) : (
              'You are no member any more of the account that this one showed.'
            )}
          </p>
        </DoorMark>
        <DoorMark shape="created">
          <div className={styles.choices}>
            {here && (
              <Button size="form" onClick={goBack}>
                Back to {here.name}
              </Button>
            )}
            <Button kind="primary" size="form" onClick={goOn}>
              Go to {viewer.account.name}
            </Button>
          </div>
          {wrong && <p role="alert">{wrong}</p>}
        </DoorMark>
      </div>
    </Door>
  )
}
