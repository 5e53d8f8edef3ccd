import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Fault, Page } from '../parts/page.tsx'
import { Count } from '../parts/sequence.tsx'
import { useMay, useViewer } from '../session/viewer-context.tsx'
import { AddPersonDialog } from './add-person-dialog.tsx'
import { Invitations } from './invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import styles from './members-page.module.css'
import { MembersTable } from './members-table.tsx'
import { RolesTable } from './roles-table.tsx'
import { useMembers } from './use-members.ts'

/** Who works in this account, as what, and who is invited. */
export default function MembersPage() {
  const { members, error, reload } = useMembers()
  const may = useMay()
  const { role } = useViewer()
  const [dialog, setDialog] = useState<'invite' | 'add' | null>(null)
  const close = () => setDialog(null)
  return (
    <Page
      title="Members"
      aside={members ? <Count value={members.length} /> : undefined}
      actions={
        may('members/create') && (
          <>
            <Button onClick={() => setDialog('add')}>Add new person…</Button>
            <Button kind="primary" onClick={() => setDialog('invite')}>
              <UserPlus size={16} strokeWidth={1.75} aria-hidden="true" />
              Invite…
            </Button>
          </>
        )
      }
    >
      {role === 'AUDITOR' && <p className="quiet">You can read everything here and change nothing.</p>}
      <div className={styles.columns}>
        <div className={styles.main}>
          {error && <Fault what="Members" error={error} onRetry={reload} />}
          {members && <MembersTable members={members} />}
          {may('members/create') && <Invitations />}
        </div>
        <div className={styles.side}>
          <RolesTable />
        </div>
      </div>
      <InviteDialog open={dialog === 'invite'} onClose={close} members={members ?? []} />
      <AddPersonDialog open={dialog === 'add'} onClose={close} members={members ?? []} />
    </Page>
  )
}
